import { defineConfig } from 'vitest/config'

// Without isolation the whole suite shares one module graph per worker: three times faster. Only what needs its own process state
// (the strict audit of jira.js is switched on by an environment variable before its first import) runs isolated.
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // On two cores vitest would use one; tests wait for git and sockets so often that four keep both busy.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/judges/**', 'test/e2e/**'],
          isolate: false,
          pool: 'forks',
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/build.ts',
          isolate: false,
          pool: 'forks',
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'judges', include: ['test/judges/**/*.test.ts'], isolate: true, pool: 'forks', env: { AUDIT_SCHEMAS: 'true' } },
      },
    ],
  },
})
