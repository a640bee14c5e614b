import type { Product } from '../../model/product.ts'
import { auditRecords } from './audit.ts'
import { authorise, checkSite, describeSite } from './check.ts'
import { lacksOf, licencesOf } from './needs.ts'
import { nullAsAbsent } from './nulls.ts'
import { connectSite, type JiraSite } from './site.ts'
import { field } from './types/field.ts'
import { fieldContext } from './types/field-context.ts'
import { issueType } from './types/issue-type.ts'
import { project } from './types/project.ts'
import { screen } from './types/screen.ts'
import { status } from './types/status.ts'
import { workflow } from './types/workflow.ts'
import { workflowScheme } from './types/workflow-scheme.ts'

/** Jira itself. https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/ */
export const jira: Product<JiraSite> = {
  name: 'jira',
  title: 'Jira',
  types: [
    status, //
    issueType,
    field,
    fieldContext,
    screen,
    workflow,
    workflowScheme,
    project,
  ].map((type) => nullAsAbsent(type)),
  connect: (connection, context) => connectSite(connection, context),
  authorise,
  check: checkSite,
  audit: auditRecords,
  describe: describeSite,
  lacks: lacksOf,
  licences: licencesOf,
}
