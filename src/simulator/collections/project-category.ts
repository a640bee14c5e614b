/** Project categories. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-categories/ */
import type { Family } from '../kit.ts'
import { bare } from '../paging.ts'
import type { Row } from '../state.ts'

export interface ProjectCategoryRow extends Row {
  readonly name: string
  readonly description: string
}

export const projectCategory: Family<ProjectCategoryRow> = {
  name: 'project-category',
  ids: { kind: 'number' },
  missing: (id) => `The project category with id '${id}' does not exist.`,
  properties: {
    name: { type: 'string', required: true, max: 255 },
    description: { type: 'string', default: '', max: 1000 },
  },
  unique: [
    {
      by: (row) => row.name,
      status: 409,
      property: 'name',
      message: (name) => `The project category name '${name}' is already used.`,
    },
  ],
  show: (row, site) => ({
    self: `${site.url}/rest/api/3/projectCategory/${row.id}`,
    id: row.id,
    name: row.name,
    description: row.description,
  }),
  audit: { category: 'projects', typeName: 'PROJECT_CATEGORY', noun: 'Project category', label: (row) => row.name },
  routes: {
    list: { path: '/rest/api/3/projectCategory', paging: bare(), needs: 'user' },
    get: { path: '/rest/api/3/projectCategory/{id}', needs: 'user' },
    create: { path: '/rest/api/3/projectCategory' },
    update: { path: '/rest/api/3/projectCategory/{id}' },
    remove: { path: '/rest/api/3/projectCategory/{id}' },
  },
}
