import { describe, expect, it } from 'vitest'
import { statusOf } from '../../../src/products/jira/site.ts'
import { simulated } from './kit.ts'

const statuses = '/rest/api/3/statuses'

describe('a write that Jira carries out in the background', () => {
  it('is waited for', async () => {
    await using s = await simulated()
    const task = s.jira.state.tasks.start({ description: 'Slow work', account: undefined, work: () => 'done' })
    s.jira.faults.add({ method: 'POST', path: statuses, status: 303, headers: { location: `${s.jira.url}/rest/api/3/task/${task.id}` } })

    await s.site.post(statuses, { body: {} })

    expect(task.status).toBe('COMPLETE')
    expect(s.jira.counters.byEndpoint['GET /rest/api/3/task/{taskId}']).toBeGreaterThan(1)
  })

  it('fails when Jira gives the task up, with what Jira says as data', async () => {
    await using s = await simulated()
    const work = () => {
      throw new Error('Field is locked')
    }
    const task = s.jira.state.tasks.start({ description: 'Hopeless work', account: undefined, work })
    s.jira.faults.add({ method: 'PUT', path: statuses, status: 200, body: { taskId: task.id } })

    await expect(s.site.put(statuses, { body: {} })).rejects.toMatchObject({
      code: 'PRODUCT_TASK_FAILED',
      data: { taskId: task.id, status: 'FAILED', message: 'Field is locked' },
    })
  })

  it('fails when Jira does not know the task any more', async () => {
    await using s = await simulated()
    s.jira.faults.add({ method: 'PUT', path: statuses, status: 200, body: { taskId: '999999' } })

    await expect(s.site.put(statuses, { body: {} })).rejects.toMatchObject({ code: 'PRODUCT_TASK_LOST' })
  })
})

describe('whenUnlocked', () => {
  it('tries again after 3 and 9 seconds while Jira is locked', async () => {
    await using s = await simulated()
    s.jira.faults.add({ method: 'DELETE', path: statuses, status: 409, times: 2, body: { errorMessages: ['Another task is ongoing.'] } })
    let tries = 0

    const last = await s.site
      .whenUnlocked(() => {
        tries += 1
        return s.site.delete(statuses, { query: { id: '1' } })
      })
      .catch(statusOf)

    expect(tries).toBe(3)
    expect(last).not.toBe(409)
    expect(s.clock.slept.filter((ms) => ms >= 3000)).toEqual([3000, 9000])
  })
})

describe('each', () => {
  it('gives the answers in the order of the items, whichever comes first', async () => {
    await using s = await simulated()
    const answers = await Array.fromAsync(
      s.site.each([30, 1, 20, 2], async (ms) => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        return ms
      }),
    )

    expect(answers).toEqual([30, 1, 20, 2])
  })

  it('begins no more than twice what goes out at once before the oldest is handed out', async () => {
    await using s = await simulated()
    let underWay = 0
    let most = 0
    const work = async () => {
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise((resolve) => setTimeout(resolve, 1))
      underWay -= 1
    }

    await Array.fromAsync(s.site.each(Array.from({ length: 60 }), work))

    expect(most).toBe(32)
  })
})

describe('once', () => {
  it('loads what many ask for a single time, and again after a failure and after a write', async () => {
    await using s = await simulated()
    let loads = 0
    const load = async () => (loads += 1)
    const failing = async () => {
      throw new Error('not now')
    }

    await expect(s.site.once('key', failing)).rejects.toThrow('not now')
    await expect(Promise.all([s.site.once('key', load), s.site.once('key', load)])).resolves.toEqual([1, 1])
    await s.site.post('/rest/api/3/issuetype', { body: { name: 'Errand', hierarchyLevel: 0 } })

    await expect(s.site.once('key', load)).resolves.toBe(2)
    await expect(s.site.once('key', load, { anew: true })).resolves.toBe(3)
  })
})
