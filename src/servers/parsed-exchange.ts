import type { Stopping } from '../http/gateway/stopping.js';

/** The contents of a request that arrives as variables or as an event, in the terms of the gateway interface. */
export interface ParsedRequest {
  readonly method: string;
  readonly scriptName: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly secure: boolean;
  readonly remoteAddress: string | undefined;
}

/** The part of the gateway interface that is known when such a request arrives. */
export abstract class ParsedExchange<Environ> implements ParsedRequest {
  readonly method: string;
  readonly scriptName: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly secure: boolean;
  readonly remoteAddress: string | undefined;
  readonly environ: Environ;
  readonly stopping: Stopping | undefined;

  constructor(request: ParsedRequest, environ: Environ, stopping: Stopping | undefined) {
    this.method = request.method;
    this.scriptName = request.scriptName;
    this.target = request.target;
    this.httpVersion = request.httpVersion;
    this.secure = request.secure;
    this.remoteAddress = request.remoteAddress;
    this.environ = environ;
    this.stopping = stopping;
  }
}
