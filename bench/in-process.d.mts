// For the tests, which count what a request allocates.

export interface InProcessContestant {
  name: string;
  /** A module's URL, or its path relative to bench/. */
  module: string;
  scenario: string;
  request: string;
  env?: Record<string, string>;
  check?: (answer: string) => void;
}

export interface ByteOptions {
  rounds?: number;
  requests?: number;
  warm?: number;
  semiSpace?: number;
  flags?: string[];
}

export function wire(path: string, request?: { method?: string; headers?: Record<string, string>; body?: string }): string;
export function race(
  contestants: readonly InProcessContestant[],
  options?: { rounds?: number; requests?: number },
): Promise<{ name: string; min: number; median: number }[]>;
export function bytes(contestants: readonly InProcessContestant[], options?: ByteOptions): Promise<number[]>;
export function countedBytes(contestants: readonly InProcessContestant[]): Promise<number[]>;
