/** The people of a site and their API tokens. */
import { type Random, randomOf } from './random.ts'

/** `without-access`: known to Atlassian, but with no Jira licence on this site. `captcha`: locked out until a person solves one. */
export type AccountState = 'active' | 'inactive' | 'without-access' | 'captcha'

export interface Account {
  /** The same on every site, as Atlassian's are: it follows from the e-mail address. */
  readonly accountId: string
  /** The id that old endpoints still use (`submittedBy` of tasks). */
  readonly number: number
  readonly email: string
  readonly displayName: string
  readonly timeZone: string
  /** Sites differ in it even for one person. */
  readonly token: string
  /** Has "Administer Jira". */
  admin: boolean
  state: AccountState
}

export interface Accounts {
  /** In order of creation; the first is the site's own administrator. */
  all(): readonly Account[]
  get(accountId: string): Account | undefined
  add(values: {
    readonly email: string
    readonly displayName: string
    readonly admin?: boolean
    readonly state?: AccountState
    /** Otherwise it follows from the e-mail address. */
    readonly accountId?: string
  }): Account
  /** Whose credentials an Authorization header holds; undefined: nobody's. */
  owning(authorization: string): Account | undefined
}

export function newAccounts(site: { readonly random: Random; readonly name: string }): Accounts {
  const byId = new Map<string, Account>()
  const byHeader = new Map<string, Account>()
  return {
    all: () => [...byId.values()],
    get: (accountId) => byId.get(accountId),
    owning: (authorization) => byHeader.get(authorization),
    add({ email, displayName, admin = false, state = 'active', accountId = `712020:${randomOf(`account ${email}`).uuid()}` }) {
      const account: Account = {
        accountId,
        number: 10_000 + byId.size,
        email,
        displayName,
        timeZone: 'Etc/UTC',
        token: `simulated-${site.random.text(24)}`,
        admin,
        state,
      }
      byId.set(account.accountId, account)
      byHeader.set(`Basic ${Buffer.from(`${email}:${account.token}`).toString('base64')}`, account)
      return account
    },
  }
}
