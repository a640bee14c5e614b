/** Every family of a simulated site, named once. Order is that of seeding: what a family's defaults name comes before it. */
import type { AnyFamily, Operation } from '../kit.ts'
import { contextDefaults } from '../quirks/context-defaults.ts'
import { contextMappings } from '../quirks/context-mappings.ts'
import { fieldSearch } from '../quirks/field-search.ts'
import { issueCounts } from '../quirks/issue-count.ts'
import { screenTabs } from '../quirks/screen-tabs.ts'
import { siteOperations } from '../quirks/site.ts'
import { field } from './field.ts'
import { fieldContext } from './field-context.ts'
import { issueType } from './issue-type.ts'
import { option } from './option.ts'
import { project } from './project.ts'
import { projectCategory } from './project-category.ts'
import { projectComponent } from './project-component.ts'
import { projectProperty } from './project-property.ts'
import { projectVersion } from './project-version.ts'
import { screen } from './screen.ts'
import { status } from './status.ts'
import { workflow } from './workflow.ts'
import { workflowScheme } from './workflow-scheme.ts'

export const families: readonly AnyFamily[] = [
  status,
  issueType,
  field,
  fieldContext,
  option,
  screen,
  workflow,
  workflowScheme,
  projectCategory,
  project,
  projectComponent,
  projectVersion,
  projectProperty,
]

/** Endpoints that stand beside the families, since they are quirks of one or belong to none. */
export const quirks: readonly Operation[] = [
  ...siteOperations,
  ...fieldSearch,
  ...contextMappings,
  ...contextDefaults,
  ...screenTabs,
  ...issueCounts,
]
