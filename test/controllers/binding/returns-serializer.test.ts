import { describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Error, Get, HTTPResponse, Returns, Status, View, WiringError } from 'bottlenose';

class User {
  id!: number;
  name!: string;
}
const row = { id: 1, name: 'Ada', hash: 'secret' };

@Controller('/users')
class Users {
  @Get('/one') @Returns(User) one() {
    return row;
  }
  @Get('/list') @Returns([User]) list() {
    return [row, row];
  }
  @Get('/later') @Returns(User) @Status(201) async later() {
    return row;
  }
  @Get('/response') @Returns(User) response() {
    return new HTTPResponse(row, { status: 202, headers: { 'x-a': 'b' } });
  }
  @Get('/thrown/<how>') @Returns(User) thrown(how: string) {
    const response = new HTTPResponse(row, { status: 202 });
    if (how === 'now') throw response;
    return Promise.reject(response);
  }
  @Get('/other/<what>') @Returns(User) other(what: string) {
    return { text: 'plain', nothing: null, bytes: Buffer.from('bytes'), stream: ['a', 'b'].values() }[what];
  }
  @Get('/fails') @Returns(User) fails() {
    throw new TypeError('bad');
  }
  @Error(500) failed() {
    return { error: 'told', hash: 'not cut' };
  }
  @Get('/view') @Returns(User) @View('{{hash}}') view() {
    return row;
  }
}

describe('@Returns', () => {
  const app = new Bottle({ logger: () => undefined });
  app.mount('/', Users);
  const get = async (path: string) => {
    const response = await app.fetch(new Request(`http://localhost/users${path}`));
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  it('drops what the class does not declare, whatever way the result takes', async () => {
    const user = '{"id":1,"name":"Ada"}';
    expect(await get('/one')).toEqual({ status: 200, type: 'application/json', text: user });
    expect(await get('/list')).toMatchObject({ text: `[${user},${user}]` });
    expect(await get('/later')).toEqual({ status: 201, type: 'application/json', text: user });
    expect(await get('/response')).toMatchObject({ status: 202, text: user });
    expect(await get('/thrown/now')).toMatchObject({ status: 202, text: user });
    expect(await get('/thrown/later')).toMatchObject({ status: 202, text: user });
  });

  it('does not change results other than JSON, errors and their handlers, and variables of templates', async () => {
    expect((await get('/other/text')).text).toBe('plain');
    expect((await get('/other/nothing')).text).toBe('');
    expect((await get('/other/bytes')).text).toBe('bytes');
    expect((await get('/other/stream')).text).toBe('ab');
    expect(JSON.parse((await get('/fails')).text)).toEqual({ error: 'told', hash: 'not cut' });
    expect((await get('/view')).text).toBe('secret');
  });

  it('cuts before plugins see the result, which they can still read', async () => {
    const own = new Bottle();
    own.install({
      name: 'wrap',
      apply: (callback) => (context) => ({ data: callback(context) }),
    });
    own.mount('/', Users);
    const response = await own.fetch(new Request('http://localhost/users/one'));
    expect(await response.json()).toEqual({ data: { id: 1, name: 'Ada' } });
  });

  it('tells at wiring of a class that declares nothing', () => {
    class Nothing {}
    class Wrong {
      @Get('/') @Returns(Nothing) get() {
        return row;
      }
    }
    const bad = new Bottle();
    bad.mount('/', Wrong);
    let error: unknown;
    try {
      bad.check();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(WiringError);
    expect((error as WiringError).problems).toMatchObject([
      { code: 'BN_RETURNS', method: 'Wrong.get', message: expect.stringContaining('Nothing declares no properties') },
    ]);
  });
});
