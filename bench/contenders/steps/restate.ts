import * as restate from '@restatedev/restate-sdk';
import { Pool } from 'undici';
import { emptyStep, serveSequences } from './sequences.ts';

const sequences = restate.service({
  name: 'Sequences',
  handlers: {
    run: async (ctx: restate.Context, steps: number) => {
      for (let number = 1; number <= steps; number += 1) await ctx.run(`step ${number}`, emptyStep);
      return steps;
    },
  },
});

await restate.serve({ services: [sequences], port: Number(process.env.PORT) });

const ingress = new Pool(String(process.env.INGRESS_URL), { connections: 1 });
const request = { method: 'POST', path: '/Sequences/run', headers: { 'content-type': 'application/json' } } as const;

await serveSequences(async (steps) => {
  const { statusCode, body } = await ingress.request({ ...request, body: JSON.stringify(steps) });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`Restate responded with ${statusCode}: ${text}`);
});
