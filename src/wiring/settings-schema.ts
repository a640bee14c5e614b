import Type, { type Static } from 'typebox'

/** Where settings are kept; the nearest one upward from the working folder counts. */
export const settingsFile = 'tidemark.yaml'

/** Products this version can read: one line a product. */
export const productNames = ['jira'] as const

const closed = { additionalProperties: false } as const

const timeOfDay = (description: string, usual: string) =>
  Type.String({ description, pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', default: usual, examples: [usual] })

const typePattern = Type.String({
  pattern: '^[a-z*][a-z0-9*]*/[a-z*][a-z0-9*-]*$',
  maxLength: 200,
  examples: ['jira/workflow*'],
})

const login = '[A-Za-z0-9][A-Za-z0-9_-]{0,38}'

/** The name of a repository on GitHub. */
export const githubName = `^${login}/(?!\\.{1,2}$)(?!.*\\.git$)[A-Za-z0-9._-]{1,100}$`

/** The API of a GitHub Enterprise: plain enough for a shell, too. */
export const githubApi = '^https?://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+\\])(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?$'

const schedule = Type.Object(
  {
    from: Type.Optional(timeOfDay('Earliest start, UTC', '00:00')),
    to: Type.Optional(timeOfDay('Latest start, UTC; earlier than `from` means the next day', '02:00')),
  },
  { ...closed, description: 'When the service and the Action may start the nightly backup; the command line starts when it is called.' },
)

const products = Type.Object(
  Object.fromEntries(productNames.map((name) => [name, Type.Optional(Type.Object({}, { ...closed, description: `Back up ${name}` }))])),
  { ...closed, minProperties: 1, description: 'What is backed up, each product through its own API.' },
)

const site = Type.Object(
  {
    url: Type.String({
      description: 'Base URL of the site. Hosts other than Atlassian’s own must stand in `allowHosts`.',
      pattern: '^https?://[^?#@\\s\\\\]+$',
      maxLength: 300,
      examples: ['https://acme.atlassian.net'],
    }),
    products,
    include: Type.Optional(Type.Array(typePattern, { description: 'Only these types; `*` stands for any letters. Left out: all.' })),
    exclude: Type.Optional(
      Type.Array(typePattern, { description: 'Not these types; stronger than `include`. What was backed up before stays as it was.' }),
    ),
    schedule: Type.Optional(schedule),
    retention: Type.Optional(
      Type.Object(
        {
          days: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 3650,
              default: 30,
              description: 'How long the service and the Action keep a superseded version at least; the command line removes none',
            }),
          ),
        },
        closed,
      ),
    ),
    encrypt: Type.Optional(
      Type.Enum(['all', 'secrets'], {
        default: 'all',
        description: '`all`: every value. `secrets`: credentials, script bodies and personal data only.',
      }),
    ),
    reports: Type.Optional(
      Type.Enum(['addresses', 'values'], {
        default: 'addresses',
        description:
          'What comments and summaries of the service and the Action show. `values`: also changed values (never secrets, script bodies or personal data), in private repositories only. The command line writes none.',
      }),
    ),
    slugs: Type.Optional(
      Type.Enum(['names', 'opaque'], { default: 'names', description: '`opaque`: file names are keyed hashes and tell nothing.' }),
    ),
    objectsPerDataKey: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, default: 500, description: 'How many files share one data key' }),
    ),
    allowHosts: Type.Optional(
      Type.Array(
        Type.String({ pattern: '^[A-Za-z0-9.-]+(:[0-9]{1,5})?$|^\\[[0-9A-Fa-f:]+\\](:[0-9]{1,5})?$', examples: ['127.0.0.1:8080'] }),
        {
          description: 'Hosts beside Atlassian’s own that may receive this site’s credentials: simulators and proxies.',
        },
      ),
    ),
    removed: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
        examples: ['2026-11-30'],
        description:
          'The day the site was taken out of the backup: it is not backed up any more, and what there is of it can still be read.',
      }),
    ),
  },
  { ...closed, description: 'One Jira Cloud site. Credentials never stand here.' },
)

/** What `tidemark.yaml` may say. The document `schemas/settings.json` is this value, with a draft-07 head for editors. */
export const settingsSchema = Type.Object(
  {
    format: Type.Literal(1, { description: 'Version of this file’s form' }),
    sites: Type.Record(Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }), site, {
      ...closed,
      minProperties: 1,
      description: 'Sites by a name of yours: small letters, digits and single dashes.',
    }),
    repository: Type.Optional(
      Type.Object(
        {
          remote: Type.Optional(
            Type.String({ minLength: 1, maxLength: 1000, description: 'Where snapshots are pushed to: URL, `user@host:path` or a folder' }),
          ),
          ca: Type.Optional(
            Type.String({ minLength: 1, maxLength: 1000, description: 'PEM file of the certificate authority of a host of your own' }),
          ),
          github: Type.Optional(
            Type.String({
              pattern: githubName,
              examples: ['acme/jira-config'],
              description: 'The repository on GitHub, `owner/name`: where requests are pull requests',
            }),
          ),
          api: Type.Optional(
            Type.String({
              pattern: githubApi,
              maxLength: 300,
              examples: ['https://github.example.com/api/v3'],
              description: 'The API of a GitHub Enterprise; left out: https://api.github.com',
            }),
          ),
          public: Type.Optional(
            Type.Boolean({
              default: false,
              description:
                'Whether everybody may read the repository on GitHub. Where it is public and this does not say so, the Action stops and alerts',
            }),
          ),
        },
        closed,
      ),
    ),
    policy: Type.Optional(
      Type.Object(
        {
          removals: Type.Optional(
            Type.Object(
              {
                least: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, default: 10, description: 'Up to so many never brake' })),
                percent: Type.Optional(
                  Type.Integer({ minimum: 0, maximum: 100, default: 20, description: 'Nor up to this share of a type' }),
                ),
              },
              { ...closed, description: 'When more objects of a type vanish at once, they are held until accepted.' },
            ),
          ),
          protect: Type.Optional(
            Type.Array(Type.String({ maxLength: 200, examples: ['jira/project/support'] }), {
              description: 'Addresses that no plan may delete',
            }),
          ),
          approvals: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 6,
              default: 1,
              description: 'How many people must approve the newest plan of a pull request; 0 only where there is one administrator',
            }),
          ),
          approvers: Type.Optional(
            Type.Array(Type.String({ pattern: `^${login}$`, examples: ['ann-smith'] }), {
              minItems: 1,
              maxItems: 100,
              description: 'Whose approvals count: logins. Left out: those whom CODEOWNERS on main names for `requests/`',
            }),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'tidemark.yaml', description: 'Settings of a Tidemark repository' },
)

export type SettingsDocument = Static<typeof settingsSchema>
