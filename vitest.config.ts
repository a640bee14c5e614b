import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Small files that take long: begun last, each would keep one worker busy while the others have nothing left to do. */
const slow = /\/(?:laws\/random-sites|flows\/killed-apply|forge\/github|e2e\/pull-story)\.test\.ts$/

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => Number(slow.test(b.moduleId)) - Number(slow.test(a.moduleId)))
  }
}

// Without isolation the whole suite shares one module graph per worker: three times faster. Only what needs its own process state
// (the strict audit of jira.js is switched on by an environment variable before its first import) runs isolated.
export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
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
