import { redactor } from './log.ts'
import type { Credentials } from './sending.ts'

type Headers = Readonly<Record<string, string>>

// Names come in English whatever language the account's owner has chosen (the language alone would not win), and experimental operations
// answer without a complaint.
const always: Headers = {
  accept: 'application/json',
  'accept-encoding': 'gzip, br',
  'accept-language': 'en-US',
  'x-force-accept-language': 'true',
  'x-experimentalapi': 'opt-in',
  'user-agent': 'tidemark',
}

/** The headers of every request. `renew` is asked once, however many requests find at the same time that their credentials have expired. */
export function credentialsOf(given: Headers, renew: (() => Promise<Headers | undefined>) | undefined): Credentials {
  let headers = listOf({ ...always, ...lowerCased(given) })
  let redact = redactor(secretsOf(given))
  let generation = 0
  let renewal: Promise<boolean> | undefined
  return {
    get headers() {
      return headers
    },
    get generation() {
      return generation
    },
    redact: (text) => redact(text),
    async renew(failed) {
      if (renew === undefined) return false
      if (failed < generation) return true
      renewal ??= renew()
        .then((fresh) => {
          if (fresh === undefined) return false
          headers = listOf({ ...always, ...lowerCased(given), ...lowerCased(fresh) })
          redact = redactor([...secretsOf(given), ...secretsOf(fresh)])
          generation++
          return true
        })
        .finally(() => {
          renewal = undefined
        })
      return renewal
    },
  }
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function listOf(headers: Headers): readonly string[] {
  return Object.entries(headers).flat()
}

/** The credential of an `Authorization` value, of Basic also the token alone (RFC 7617). */
function secretsOf(headers: Headers): string[] {
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
  const credential = value?.split(' ')[1]
  if (value === undefined || credential === undefined) return []
  if (!/^basic /i.test(value)) return [credential]
  const token = Buffer.from(credential, 'base64').toString('utf8').split(':').slice(1).join(':')
  return [credential, token]
}
