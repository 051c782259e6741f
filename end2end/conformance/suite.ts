// The conformance suite's own interface: plans are made of modules, a module runs until it has its verdict.
import { type APIRequestContext, expect } from '@playwright/test';

export interface Verdict {
  status: string;
  result: string;
}

export class Suite {
  constructor(
    readonly origin: string,
    private readonly http: APIRequestContext,
  ) {}

  /** A new plan and the names of its modules, in their order. */
  async plan(planName: string, variant: object, configuration: object): Promise<[string, string[]]> {
    const params = { planName, variant: JSON.stringify(variant) };
    const plan = await this.call('post', '/api/plan', params, configuration);
    return [plan.id, plan.modules.map((module: { testModule: string }) => module.testModule)];
  }

  /** Starts a module of a plan; from then on it waits for its relying party. */
  async start(plan: string, test: string): Promise<string> {
    const { id } = await this.call('post', '/api/runner', { plan, test });
    const state = await this.state(id, 'CONFIGURED,WAITING,FINISHED,INTERRUPTED');
    if (state === 'CONFIGURED') await this.call('post', `/api/runner/${id}`);
    expect(await this.state(id, 'WAITING,FINISHED,INTERRUPTED'), 'the module is ready').toBe('WAITING');
    return id;
  }

  /** The address that the module wants a visitor to be sent to. */
  async errand(id: string): Promise<string> {
    let url: string | undefined;
    await expect
      .poll(async () => (url = (await this.call('get', `/api/runner/browser/${id}`)).urls[0]))
      .toBeTruthy();
    await this.call('post', `/api/runner/browser/${id}/visit`, { url: url! });
    return url!;
  }

  async verdict(id: string): Promise<Verdict> {
    await this.state(id, 'FINISHED,INTERRUPTED');
    let verdict: Verdict;
    // What is written down comes a moment after the state.
    await expect
      .poll(async () => (verdict = await this.call('get', `/api/info/${id}`)).status)
      .toMatch(/FINISHED|INTERRUPTED/);
    const { status, result } = verdict!;
    return { status, result };
  }

  /** What the module found wrong. */
  async complaints(id: string): Promise<string> {
    const log: { result?: string; src: string; msg?: string }[] = await this.call('get', `/api/log/${id}`);
    const wrong = log.filter(({ result }) => result === 'WARNING' || result === 'FAILURE');
    return wrong.map(({ result, src, msg }) => `${result} ${src}: ${msg}`).join('\n');
  }

  private async state(id: string, states: string): Promise<string> {
    const params = { states, timeoutMs: '30000' };
    return (await this.call('get', `/api/runner/${id}/wait-state`, params)).state;
  }

  private async call(
    method: 'get' | 'post',
    path: string,
    params?: Record<string, string>,
    data?: object,
  ): Promise<any> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.http[method](`${this.origin}${path}`, { params, data, headers });
    expect(answer.ok(), `${method} ${path}: ${answer.status()}`).toBe(true);
    const text = await answer.text();
    return text && JSON.parse(text);
  }
}
