// The phrases that check-text.mjs rejects, in comments, messages, test titles and pages. Each rule shows what it rejects (`wrong`) and
// what it lets through (`right`); both are checked at each run. Choose patterns that hardly ever match correct text.
// A space in a pattern also matches the break of a line, in a comment and between two strings that are joined.
export const phrases = [
  {
    pattern: /(?<!\bthere |\bThere )\b(?:is|are|was|were) no (?!longer\b)[\w`'"-]+|\b(?:that|which|it|chunks) (?:is|are) none\b/,
    advice: 'write "is not a …"',
    wrong: ['a value that is no string', 'names that are no rules', 'such as what\n   * is no HTML', 'chunks are none'],
    right: ['There is no note 2.', 'if there are no\n  // routes', 'it is no longer read', 'an empty list if there are none'],
  },
  {
    pattern: /(?<!\b(?:all|any|both|each|either|many|most|none|one|some) )\b[Oo]f which\b/,
    advice: 'make two sentences, or write "whose"',
    wrong: ['a plugin of which cannot be set up', 'Of which front ends it is expected'],
    right: ['ranges, none of which is in the file', 'the plugin that cannot be set up'],
  },
  {
    pattern: /\b[Ww]hom\b/,
    advice: 'name the user, client or proxy',
    wrong: ['Whom to believe', 'the user to whom it was issued'],
    right: ['Trusting proxies', 'the owner of the token'],
  },
  {
    pattern:
      /(?:^|[.!?:] |\/\/ |\* |(?:it|describe|test)\(')(?:Of|By|To|From|For|With|Under|On|After|At) (?:which|what|whose)\b/m,
    advice: 'put the subject first',
    wrong: ['/** Under which names a file may be meant that is imported. */', "it('By which name it is known')"],
    right: ['the order in which they were added', 'In which case it throws.'],
  },
  {
    pattern: /(?:^|[.!?:] |\/\/ |\* )What\b[^.!?:;()`"]* (?:of|for|from|by|to|with|about)\.(?=\s|$)/m,
    advice: 'put the subject first',
    wrong: ["// What a node's leaf, less one, is the index of.", '// What the rest waits for.'],
    right: ['What is it for? See below.', 'What it returns is the index of the leaf.'],
  },
  {
    pattern: /(?:^|[.!?] |\/\/ |\* )Nothing that\b/m,
    advice: 'say what happens: "After the request ends, every method throws."',
    wrong: ['// Nothing that outlives the lease can reach the connection'],
    right: ['It does nothing that takes time.'],
  },
  {
    pattern:
      /(?:^|[.!?;,:] |\/\/ |\* )(?:[Aa]s|[Nn]or) (?:is|are|was|were|does|do|did|has|have|can) (?:this|that|these|those|it|they|the|a|an)\b/m,
    advice: 'put the subject first',
    wrong: ['// As is this.', 'It is not read, nor does it block.'],
    right: ['as is usual', 'Read as is.', 'This waits, and so does the other.'],
  },
  {
    pattern: /\b[Oo]nly (?:then|now|here|there|so) (?:is|are|does|do|has|have|can|may)\b/,
    advice: 'write "It … only then."',
    wrong: ['Only then is it sent.'],
    right: ['It is sent only then.'],
  },
  {
    pattern: /\b(?:is|are|was|were) to be\b|\b(?:it|they|that|which|who|what|nothing) (?:is|are) to [a-z]/,
    advice: 'say who does what',
    wrong: ['what is to be told', 'as it is to be sent', 'it is to fail before'],
    right: ['wants to be sent', 'the fields that change', 'the aim is to fail early'],
  },
  {
    pattern: /\bto nobody\b|\bby nobody\b|\bfor nobody\b|\bof nobody\b/,
    advice: 'write the sentence with "not"',
    wrong: ['what is told to nobody', 'thrown by nobody'],
    right: ['no code throws it', 'nobody is logged in'],
  },
  {
    pattern: /\b[Ii]n place of\b/,
    advice: 'write "instead of"',
    wrong: ['Called in place of `end`', 'a folder in place\n// of a file'],
    right: ['Called instead of `end`', 'updates it in place'],
  },
  {
    pattern:
      /[,;] for (?:it|they|he|she|there|nobody|(?:that|this|these|those|nothing) (?:is|are|was|were|can|cannot|may|must|would|will|has|have)) /,
    advice: 'write "because"',
    wrong: ['runs last, for it takes all cores', 'left out, for that would be slow'],
    right: ['a limit for it and for them', 'Waits, for example, for it.', 'the route, for that method'],
  },
  {
    pattern: /\bsave for\b|\bbut for (?:its|the|what|those|that|one|a)\b|\bbe it\b|\blest\b|\bso long as\b|\bere\b/,
    advice: 'write "except", "unless" or "as long as"',
    wrong: ['all of it but for the place', 'so long as it is open', 'all codes, save for one'],
    right: ['as long as it is open', 'not for this but for us'],
  },
  {
    pattern:
      /\b(?:[Tt]ill|[Uu]nto|(?<![Oo]nce )[Uu]pon|anew|[Tt]hereof|[Tt]herein|[Ww]herein|[Ww]hereof|[Ww]hereby|[Ww]hence|[Tt]hence|naught|nought|albeit)\b/,
    advice: 'write "until", "on", "again", "of it", …',
    wrong: ['not till it ends', 'others build upon it', 'starts anew', 'the end thereof'],
    right: ['until it ends', 'Once upon a time', 'still renewed'],
  },
  {
    pattern: /\b[Oo]nce more\b|\bin vain\b|\bdone with\b|\bwhat there is\b/,
    advice: 'write "again", "needlessly", "finished", or name it',
    wrong: ['sent once more', 'waits in vain', '  --list   what there is'],
    right: ['sent again', 'when more than ten are open'],
  },
  {
    pattern:
      /\bwhere (?:it|they) (?:was|were) left\b|\bis left of\b|\b(?:is|are|was|were) (?:said|told|known) of\b|\b(?:hears?|heard|tells?|told|comes?) of (?!age)/,
    advice: 'name the part: "the rest of the request"',
    wrong: [
      'what is left of the path',
      'resumes where it was left',
      'what is said of other units',
      'binding tells of it',
      'what comes of an object',
    ],
    right: ['the left of the page', 'the rest of the path', 'it is made of parts'],
  },
  {
    pattern: /\b(?:[Bb]eliev(?:e|es|ed|ing)|[Oo]utliv(?:e|es|ed|ing)|[Dd]espair(?:s|ed)?|[Hh]ire[sd]?|gives? way)\b/,
    advice: 'software trusts, lasts, fails, starts; it has no mind',
    wrong: ['nobody is believed', 'files that outlive their request', 'hire(worker)', 'it despairs', 'an option gives way'],
    right: ['proxies that it trusts', 'unbelievable', 'hierarchy'],
  },
  {
    pattern:
      /\b(?:give|gives|gave|giving) up\b|\bhand(?:s|ed|ing) (?:on|over|back|out|it|them|a|an|the|anything|errors|what|everything)\b/,
    advice: 'write "stops trying" or "passes"',
    wrong: ['gives up after five attempts', 'paths are handed on', 'hands errors to the app'],
    right: ['given upper limits', 'by hand on node:http', 'passes paths unchanged'],
  },
  {
    pattern: /(?:^|[.!?] |\/\/ |\* )(?:Empty|Nothing|None) (?:if|when|where)\b/m,
    advice: 'write a sentence: "Returns an empty list if …"',
    wrong: ['/** All values. Empty if there are none. */'],
    right: ['An empty list if there are none.'],
  },
  {
    pattern: /(?<![\w/.'"`-])roads?(?![\w/'"`-])/,
    advice: 'write "the path of a request"',
    wrong: ['what is special about the road'],
    right: ["'./road/receive.js'", '`app/road`', 'broad'],
  },
  {
    pattern: /(?:^|[.!?;:] |\/\/ |\* |\(')Who [a-z][^.?!\n]*(?:[.;]|\n *(?:\/\/|\*|#))/m,
    advice: 'write "A client that …", "Users who …"',
    wrong: ['// Who waits for the writer gets it.'],
    right: ['Who is trusted?', 'Users who wait'],
  },
  {
    pattern:
      /(?<!\b(?:is|are|be|were|was|has|have) )\ball the same\b|\bnone the less\b|\bnonetheless\b|\bnevertheless\b|\b[Mm]end(?:s|ed|ing)?\b/,
    advice: 'write "anyway", "still" or "correct"',
    wrong: ['it is answered all the same', 'Mend the rule', 'run none the less'],
    right: ['they are all the same', 'recommended', 'Correct the rule'],
  },
  {
    pattern: /\b(?:giveUp|setOut|RestOfRoad|restOfRoad|Seats?|Hand|despair)\b|#lost\b/,
    advice: 'write `sendLastResort`, `start`, `PendingBody`, `WorkerSlot`, `Worker`, `logUnanswered`',
    wrong: [
      'giveUp(context)',
      'setOut()',
      'RestOfRoad',
      'new Seat()',
      'this.#lost = true',
      'class Hand {}',
      'function despair()',
    ],
    right: ['start(context)', 'handle', 'Handler', 'setOutput'],
  },
];

/** Words that end like a participle or a third person and are a verb's plain form. */
const plainVerbs = new Set(
  'Bring Embed Feed Need Seed Shed Speed Exceed Proceed Succeed Spread Ring Spring String Focus Alias Bias Canvas'.split(' '),
);
const noVerb =
  /^(?:The|An?|This|That|These|Those|It|Its|We|I|You|Our|My|Your|What|When|Where|Which|Who|How|Why|All|Some|No|Not|New|More|Most|Less|Now|In|On|For|With|Without|Of|To|By|At|From|And|But|Also|One|Two|Each|Every|Only)$/;

/** What is wrong with the subject of a commit; `undefined` if it is an imperative of at most 72 characters. */
export function subjectFault(subject) {
  if (subject.length > 72) return `has ${subject.length} characters, at most 72 are allowed`;
  const verb = /^[A-Z][a-z]+(?:-[a-z]+)?(?= \S)/.exec(subject)?.[0];
  if (verb === undefined) return 'does not start with a capitalized verb and a space';
  const isInflected = /(?:ed|ing|[^s]s)$/.test(verb) && !plainVerbs.has(verb);
  if (isInflected || noVerb.test(verb)) return `does not start with an imperative ("${verb}")`;
  if (/[.!;,:]$/.test(subject)) return 'ends with a punctuation mark';
  return undefined;
}

export const subjects = {
  wrong: [
    'Added a check of texts',
    'Adds a check of texts',
    'Adding a check of texts',
    'A check of texts',
    'lint: check texts',
    'Views: check texts',
    'Add a check of texts.',
    `Add ${'a very '.repeat(10)}long subject`,
    'Pages',
  ],
  right: ['Add a check of texts', 'Process forms', 'Embed the map', 'Re-export types', 'Use `is` instead of `as`'],
};
