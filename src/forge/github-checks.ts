import type { Context } from '../model/context.ts'
import type { Annotation, Check, Forge, Posted } from './forge.ts'
import { fitting } from './github-comments.ts'
import { whole } from './github-listing.ts'
import type { Session } from './github-session.ts'
import { shaped, shapes } from './github-shapes.ts'
import { makeOnce } from './github-writes.ts'

// https://docs.github.com/en/rest/checks/runs#create-a-check-run
const mostSummary = 65_535
const annotationsAtOnce = 50
/** More nobody reads, and each fifty cost a second. */
const mostAnnotations = 500
const mostMessage = 60_000

/**
 * Check runs. Only an App may write them, GITHUB_TOKEN's among them: a person's token is refused with `FORGE_FORBIDDEN`.
 * https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks
 */
export function githubChecks({ octokit, place, madeIt }: Session, context: Context): Pick<Forge, 'check'> {
  const { checks } = octokit.rest

  async function ours({ commit, name, externalId }: Check, besides: ReadonlySet<number> = new Set()): Promise<Run | undefined> {
    const query = { ...place, ref: commit, check_name: name, filter: 'all', per_page: 100 } as const
    const runs = (await whole(octokit.paginate.iterator(checks.listForRef, query))).map((run) => shaped(shapes.checkRun, run))
    const own: Run[] = []
    for (const run of runs) {
      if (run.name === name && run.external_id === externalId && !besides.has(run.id) && (await madeIt(run.app))) own.push(run)
    }
    return own.sort((a, b) => b.id - a.id)[0]
  }

  async function create(check: Check): Promise<Run> {
    const { data } = await checks.create({ ...place, name: check.name, head_sha: check.commit, ...contentOf(check) })
    return shaped(shapes.checkRun, data)
  }

  async function change(id: number, content: ReturnType<typeof contentOf>): Promise<Run> {
    const { data } = await checks.update({ ...place, check_run_id: id, ...content })
    return shaped(shapes.checkRun, data)
  }

  return {
    async check(check) {
      const present = await ours(check)
      // Annotations can only be added, never taken back: with old ones it is not written anew but replaced by a newer run of the same name, which
      // is the one that GitHub shows.
      const old = present?.output.annotations_count === 0 ? present : undefined
      const before = new Set(present === undefined ? [] : [present.id])
      let run =
        old === undefined
          ? await makeOnce(
              context,
              () => create(check),
              () => ours(check, before),
            )
          : await change(old.id, contentOf(check))
      const annotations = check.annotations?.slice(0, mostAnnotations) ?? []
      for (let from = annotationsAtOnce; from < annotations.length; from += annotationsAtOnce) {
        run = await change(run.id, contentOf(check, from))
      }
      return postedOf(run)
    },
  }
}

type Run = NonNullable<(typeof shapes.checkRun)['type']>

/** What a check says, with the annotations from a place on, as many as one request takes. */
function contentOf(check: Check, from = 0) {
  const all = check.annotations ?? []
  const more = all.length > mostAnnotations ? `\n\n${all.length - mostAnnotations} more remarks are not shown.` : ''
  const annotations = all.slice(0, mostAnnotations).slice(from, from + annotationsAtOnce)
  return {
    external_id: check.externalId,
    status: 'completed',
    conclusion: check.conclusion,
    output: {
      title: check.title,
      summary: fitting(check.summary + more, mostSummary),
      ...(annotations.length === 0 ? {} : { annotations: annotations.map(annotationOf) }),
    },
  } as const
}

function annotationOf({ path, line, level, message }: Annotation) {
  return { path, start_line: line, end_line: line, annotation_level: level, message: message.slice(0, mostMessage) } as const
}

function postedOf(run: Run): Posted {
  return { id: run.id, url: run.html_url ?? '', at: new Date(run.completed_at ?? 0) }
}
