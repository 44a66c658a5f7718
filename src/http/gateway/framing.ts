/** The answer of a server to a request whose head is ambiguous or invalid. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

export const TWO_HOSTS: Refusal = { status: 400, text: '400 Bad Request: there is more than one Host header.\n' };
export const BAD_HOST: Refusal = { status: 400, text: '400 Bad Request: the Host is not a valid name or address.\n' };
export const CHUNKED_TWICE: Refusal = { status: 400, text: '400 Bad Request: a body can be chunked only once.\n' };
export const UNKNOWN_CODING: Refusal = {
  status: 501,
  text: '501 Not Implemented: chunked is the only supported transfer coding.\n',
};
export const BAD_FRAMING: Refusal = { status: 400, text: '400 Bad Request: it is not clear where the body ends.\n' };
