import { execFileSync, spawn } from 'node:child_process'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { framesOf } from '../../src/repository/frames.ts'
import { plain } from './kit.ts'

export interface GitServer {
  /** `https://localhost:…/` or `http://127.0.0.1:…/`; add the folder's name of a repository. */
  readonly url: string
  /** Of every request that was let in or not: its Authorization header. */
  readonly seen: (string | undefined)[]
  /** Called before a request is answered. */
  onRequest: (request: IncomingMessage) => void
  /** What the hooks of the repository are told about whoever asks. */
  environment: (request: IncomingMessage) => Readonly<Record<string, string>>
  /** Answers of this request are thrown away after git has done its work. */
  cut: (request: IncomingMessage) => boolean
  close(): Promise<void>
}

let program: string | undefined

/** Started itself: by way of `git` it would be two processes for each request. */
function backendProgram(): string {
  program ??= join(execFileSync('git', ['--exec-path'], { env: plain, encoding: 'utf8' }).trim(), 'git-http-backend')
  return program
}

/** Git's own smart-HTTP program behind a small server that wants a token, or asks whom to let in. https://git-scm.com/docs/git-http-backend */
export async function serveGit(
  root: string,
  token: string | ((request: IncomingMessage) => boolean),
  certificate?: { key: string; cert: string },
): Promise<GitServer> {
  const admits = typeof token === 'string' ? admitting(token) : token
  const server: Omit<GitServer, 'url'> = { seen: [], onRequest: () => {}, environment: () => ({}), cut: () => false, close }
  const listener = certificate === undefined ? createHttp(answer) : createHttps(certificate, answer)

  async function close(): Promise<void> {
    listener.closeAllConnections()
    await new Promise((resolve) => listener.close(resolve))
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    server.seen.push(request.headers.authorization)
    if (!admits(request)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    server.onRequest(request)
    void backend(request, response)
  }

  async function backend(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const child = spawn(backendProgram(), {
      env: {
        ...plain,
        ...{
          GIT_PROJECT_ROOT: root,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: decodeURIComponent(path),
          QUERY_STRING: query,
          REMOTE_USER: 'tool',
          REMOTE_ADDR: '127.0.0.1',
        },
        ...{
          REQUEST_METHOD: request.method ?? '',
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        },
        ...{ HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '') },
        ...server.environment(request),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    request.pipe(child.stdin)
    child.stdin.on('error', () => {})
    const output: Buffer[] = []
    for await (const chunk of child.stdout) output.push(chunk)
    if (server.cut(request)) {
      request.socket.destroy()
      return
    }
    const whole = Buffer.concat(output)
    const frames = framesOf(
      (async function* () {
        yield whole
      })(),
    )
    let status = 200
    let size = 0
    for (let line = await frames.line(); line !== undefined; line = await frames.line()) {
      size += line.length + 1
      const text = line.trimEnd()
      if (text === '') break
      const [name = '', value = ''] = text.split(/: (.*)/)
      if (name === 'Status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status).end(whole.subarray(size))
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  return Object.assign(server, { url: certificate === undefined ? `http://127.0.0.1:${port}/` : `https://localhost:${port}/` })
}

function admitting(token: string): (request: IncomingMessage) => boolean {
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  return (request) => request.headers.authorization === expected
}
