/** A problem of a class that prevents validating or instantiating it. */
export interface ClassProblem {
  readonly Class: Function;
  readonly property?: string;
  /** The problem, as a phrase after the names of class and property: `nests objects of an unknown class`. */
  readonly text: string;
  readonly cure: string;
}

/** Thrown when a class is compiled that cannot work. It lists all problems of the class and of its nested classes. */
export class ClassError extends TypeError {
  readonly code = 'BN_CLASS';
  readonly problems: readonly ClassProblem[];

  constructor(problems: readonly ClassProblem[]) {
    super(problems.map((problem) => `${problemText(problem)}: ${problem.cure}`).join('\n'));
    this.name = 'ClassError';
    this.problems = problems;
  }
}

/** For example `Post.tags nests objects of an unknown class`. */
export function problemText({ Class, property, text }: ClassProblem): string {
  return `${className(Class)}${property === undefined ? '' : `.${property}`} ${text}`;
}

export function className(Class: Function): string {
  return Class.name || '(anonymous class)';
}
