import type { FileJudge } from '../flows/pull/check-pull.ts'
import { parseRecipients } from '../vault/recipients.ts'
import { requireSealedForm } from '../vault/sealed-form.ts'
import { readTable } from './match-file.ts'
import { readSettings } from './settings.ts'
import { settingsFile } from './settings-schema.ts'

/** Of the files that people own, which have a form, and who judges it. None needs a key. */
export const fileJudges: readonly FileJudge[] = [
  { fits: (path) => path === settingsFile, judge: readSettings },
  { fits: (path) => /^keys\/[^/]+\.yaml$/.test(path), judge: parseRecipients },
  { fits: (path) => /^matches\/[^/]+\.yaml$/.test(path), judge: readTable },
  { fits: (path) => /^requests\/[^/]+\/wanted\/.+\.yaml$/.test(path), judge: requireSealedForm },
]
