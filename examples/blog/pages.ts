import { Error, HTTPError, View } from 'bottlenose';

/** What all controllers of pages have in common: errors are pages of the blog, too. */
export class Pages {
  @Error([400, 403, 404, 405, 409, 422, 500])
  @View('error')
  failed(error: HTTPError) {
    return { error };
  }
}
