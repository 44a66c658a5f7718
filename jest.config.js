const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const plain = {
  ...swc,
  jsc: { ...swc.jsc, transform: { legacyDecorator: true, decoratorMetadata: false } },
};

export default {
  testEnvironment: '<rootDir>/test/environment.mjs',
  // All processors: many tests wait for processes and connections. By default one would be left over, which is half of two.
  maxWorkers: '100%',
  // A process keeps some of what each file has loaded.
  workerIdleMemoryLimit: '700MB',
  // It only ends what hangs: no test is to fail because the machine is busy.
  testTimeout: 20_000,
  // The concurrent tests of a file wait most of their time.
  maxConcurrency: 100,
  roots: ['<rootDir>/test', '<rootDir>/examples'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    // The pages' programs run twice: with metadata, and without, as under tsx, esbuild and Vite.
    '/build/(docs/plain|examples-plain)/.*\\.ts$': ['@swc/jest', plain],
    '\\.ts$': ['@swc/jest', swc],
  },
  moduleNameMapper: {
    '^bottlenose$': '<rootDir>/src/index.ts',
    '^bottlenose/context$': '<rootDir>/src/app/context-globals.ts',
    '^bottlenose/sqlite$': '<rootDir>/src/sqlite/index.ts',
    '^bottlenose/templates$': '<rootDir>/src/app/engine-views.ts',
    '^bottlenose/(kit|plugins|testing|servers|openapi)$': '<rootDir>/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};
