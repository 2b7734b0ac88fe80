import type { Contender } from './contender.ts';
import { dbosContender } from './dbos.ts';
import { openWorkflowContender } from './openworkflow.ts';
import { oursContender, oursOverPostgresContender } from './product.ts';
import { programContender } from './program.ts';
import { restateContender } from './restate.ts';

/**
 * All contenders.
 *
 * @param product the checkout that ours is started from
 * @param before another one, which takes part as well
 * @param folder for their stores and logs
 */
export function createContenders(
  { product, before }: { product: string; before?: string | undefined },
  folder: string,
  backendsUrl: string,
): Contender[] {
  const surroundings = (name: string) => ({ folder: `${folder}/${name}`, backendsUrl });
  return [
    oursContender(product, surroundings('ours')),
    programContender('node:http + undici', 'bare-http-undici', surroundings('bare')),
    programContender('fastify + undici', 'fastify-undici', surroundings('fastify')),
    programContender('express + axios', 'express-axios', surroundings('express')),
    programContender('koa + got', 'koa-got', surroundings('koa')),
    oursOverPostgresContender(product, surroundings('ours-over-postgres')),
    dbosContender(surroundings('dbos')),
    restateContender(surroundings('restate')),
    openWorkflowContender(surroundings('openworkflow')),
    ...(before === undefined
      ? []
      : [
          asBefore(oursContender(before, surroundings('ours-before'))),
          asBefore(oursOverPostgresContender(before, surroundings('ours-over-postgres-before'))),
        ]),
  ];
}

const asBefore = (contender: Contender): Contender => ({ ...contender, name: `${contender.name} before` });
