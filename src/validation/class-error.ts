/** One thing about a class that keeps it from being validated or made. */
export interface ClassProblem {
  readonly Class: Function;
  readonly property?: string;
  /** What is wrong, to be read after the name of class and property: `nests objects of a class that nothing tells`. */
  readonly text: string;
  readonly cure: string;
}

/**
 * Thrown where a class is compiled that cannot work: everything that is wrong with it, and with the classes nested in it, at once.
 */
export class ClassError extends TypeError {
  readonly code = 'BN_CLASS';
  readonly problems: readonly ClassProblem[];

  constructor(problems: readonly ClassProblem[]) {
    super(problems.map((problem) => `${problemText(problem)}: ${problem.cure}`).join('\n'));
    this.name = 'ClassError';
    this.problems = problems;
  }
}

/** `Post.tags nests objects of a class that nothing tells` */
export function problemText({ Class, property, text }: ClassProblem): string {
  return `${className(Class)}${property === undefined ? '' : `.${property}`} ${text}`;
}

export function className(Class: Function): string {
  return Class.name || '(anonymous class)';
}
