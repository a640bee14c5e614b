import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fetchGithubOpenapi } from '../test/contract/fetch-github-openapi.ts'
import { extractOf } from '../test/contract/github-extract.ts'

// Writes test/contract/github.json: what of GitHub's OpenAPI document the forge and its double are judged by. `npm run test:readers` proves it fresh.

const fetched = await fetchGithubOpenapi(fileURLToPath(new URL('../.cache/readers', import.meta.url)))
if (!('document' in fetched)) throw new Error('unreachable' in fetched ? fetched.unreachable : fetched.wrong)
writeFileSync(new URL('../test/contract/github.json', import.meta.url), extractOf(fetched.document))
