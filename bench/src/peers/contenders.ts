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
 * @param folder for their stores and logs
 */
export function createContenders(product: string, folder: string, backendsUrl: string): Contender[] {
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
  ];
}
