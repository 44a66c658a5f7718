/** Why a server refuses a request itself: its head can be understood in two ways, or not at all. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

export const TWO_HOSTS: Refusal = { status: 400, text: '400 Bad Request: there is more than one Host header.\n' };
export const CHUNKED_TWICE: Refusal = { status: 400, text: '400 Bad Request: a body can be chunked only once.\n' };
export const UNKNOWN_CODING: Refusal = {
  status: 501,
  text: '501 Not Implemented: of transfer codings, only chunked is known.\n',
};
export const BAD_FRAMING: Refusal = { status: 400, text: '400 Bad Request: it is not clear where the body ends.\n' };
