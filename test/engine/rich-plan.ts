// A plan with something in every section, of invented types.
import { type PlanReport, type PlanSetting, reportOf } from '../../src/engine/plan-report.ts'
import type { State } from '../../src/engine/states.ts'
import type { Address } from '../../src/model/address.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Path } from '../../src/model/path.ts'
import type { Plan, Step, Verb } from '../../src/model/plan.ts'
import { catalogueOf, type ResourceType } from '../../src/model/resource-type.ts'
import { types } from './garden.ts'

export const catalogue = catalogueOf([
  { ...types.bed, title: 'Bed', page: '/admin/beds' },
  { ...types.plant, title: 'Plant' },
  { ...types.path, title: 'Path' },
] as unknown as ResourceType[])

export function aStep(verb: Verb, address: Address, more: Partial<Step> = {}): Step {
  return { id: `${verb}:${address}`, verb, address, paths: [], after: [], ...more }
}

export function aPlan(more: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    site: 'meadow',
    cloudId: '11223344-a1b2-4c3d-8e4f-5a6b7c8d9e0f',
    source: 'tree',
    request: 'digest of the request',
    tool: 'tidemark 0.1.0',
    policy: '{}',
    existed: {},
    steps: [],
    findings: [],
    lost: [],
    digest: 'd1'.repeat(32),
    ...more,
  }
}

export function aSetting(more: Partial<PlanSetting> = {}): PlanSetting {
  return {
    request: { id: '2026-11-01-restore-meadow', kind: 'restore', branch: 'requests/2026-11-01-restore-meadow' },
    url: 'https://meadow.example',
    sources: [{ site: 'meadow', commit: 'ab'.repeat(20), at: '2026-10-25T03:00:12.000Z' }],
    base: { site: 'meadow', commit: 'cd'.repeat(20), at: '2026-11-01T03:00:09.000Z' },
    states: new Map(),
    catalogue,
    shows: (address) => `tidemark show ${address} --at abababababab --site meadow`,
    ...more,
  }
}

const finding = (level: Finding['level'], code: Finding['code'], message: string, more: Partial<Finding> = {}): Finding => ({
  level,
  code,
  message,
  ...more,
})

/** Something in every section. */
export const richPlan = aPlan({
  steps: [
    aStep('create', 'garden/bed/roses', { why: 'Comes with garden/plant/roses--tea.' }),
    aStep('revive', 'garden/plant/roses--tea', { paths: ['/name', '/note'] }),
    aStep('update', 'garden/bed/herbs', { paths: ['/name', '/tags/2'] }),
    aStep('repair', 'garden/path/round', { paths: ['/signs/garden~1plant~1roses--tea/under'], why: 'Refers again to garden/bed/roses.' }),
    aStep('update', 'garden/plant/herbs--mint', { paths: ['/labels/garden~1plant~1herbs--mint#label~1cool/text' as Path] }),
    aStep('delete', 'garden/path/old'),
    aStep('manual', 'garden/bed/herbs', { paths: ['/soil'], why: "Bed: the site's API sets this on creation only." }),
  ],
  findings: [
    finding('warning', 'PLAN_STILL_REFERRED', 'garden/path/old is to be deleted, but garden/path/round still refers to it.', {
      address: 'garden/path/old',
      cure: 'Change garden/path/round first, or delete it too.',
    }),
    finding('error', 'PLAN_COLLISION', 'garden/bed/shade was changed on both sides at /name.', {
      address: 'garden/bed/shade',
      cure: 'Say which is right.',
    }),
    finding('error', 'PLAN_SHARED', 'garden/path/long was changed by others too.', {
      address: 'garden/path/long',
      cure: 'Say what shall happen.',
    }),
    finding('error', 'REFERENCE_AMBIGUOUS', 'garden/bed/twin could be any of garden/bed/a, garden/bed/b on the destination.', {
      address: 'garden/bed/twin',
      candidates: ['garden/bed/a', 'garden/bed/b'],
      cure: 'Say which in the match table of the two sites; nothing is guessed.',
    }),
    finding('warning', 'PLAN_ACCESS', 'garden/bed/herbs /gate-code: more people may get more rights.', {
      address: 'garden/bed/herbs',
      cure: 'Make sure that this is meant before it is approved.',
    }),
    finding('warning', 'PLAN_LARGE', 'This is a large change: 7 steps, 1 of them delete, on a site of 12 objects.', {
      cure: 'Look once more.',
    }),
    finding('warning', 'PRODUCT_X', 'garden/bed/herbs will not have garden/plant/mint: 12 work items in it go to garden/plant/sage.', {
      address: 'garden/bed/herbs',
      move: { from: 'garden/plant/mint', to: 'garden/plant/sage' },
      cure: 'Say so in the request.',
    }),
    finding('warning', 'PRODUCT_X', 'garden/bed/herbs will not have garden/plant/mint: 2 others in it go to garden/plant/thyme.', {
      address: 'garden/bed/herbs',
      move: { from: 'garden/plant/mint', to: 'garden/plant/thyme' },
      cure: 'Say so in the request.',
    }),
    finding('warning', 'PRODUCT_X', 'garden/path/round will not have garden/plant/rue: 1 work item in it goes to garden/plant/sage.', {
      address: 'garden/path/round',
      move: { from: 'garden/plant/rue', to: 'garden/plant/sage' },
      cure: 'Say so in the request.',
    }),
    finding('note', 'PLAN_KEPT', 'garden/bed/kept stays as it is, as was chosen.', { address: 'garden/bed/kept' }),
  ],
  lost: [
    finding('warning', 'PLAN_LOST', 'garden/bed/roses was deleted for good and is made anew, without what grew in it.', {
      address: 'garden/bed/roses',
      cure: 'No configuration backup holds this.',
    }),
  ],
})

const states: Readonly<Record<string, State>> = {
  'garden/bed/herbs': 'modified',
  'garden/bed/kept': 'modified',
  'garden/bed/new': 'created',
  'garden/bed/quiet': 'no change',
  'garden/bed/roses': 'not present on destination',
  'garden/bed/shade': 'modified',
  'garden/bed/still': 'no change',
  'garden/path/old': 'created',
  'garden/plant/roses--tea': 'not present on destination',
}

const setting = aSetting({ states: new Map(Object.entries(states) as [Address, State][]) })

export const richReport: PlanReport = reportOf(richPlan, setting)
export const richReportOnPull: PlanReport = reportOf(richPlan, { ...setting, goesOn: 'pull request' })
