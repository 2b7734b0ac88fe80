import { defineRoute, jsonReply, type Route, replyHeader } from '@appointments/chassis';
import { z } from 'zod';
import type { Guards } from '../access/guards.ts';
import { erasureNotFound } from '../problems.ts';
import type { Erasures } from './erasures.ts';
import { ERASURE, erasureBody, erasureReply, erasuresQuery, erasuresReply } from './erasures-schema.ts';

const tag = 'Erasures';
const path = (id: string): string => `/erasures/${id}`;
const headers = { Location: replyHeader.location };

const erasePatient = ({ start }: Erasures, { operate, knownCaller }: Guards) =>
  defineRoute({
    method: 'post',
    path: '/erasures',
    operationId: 'erasePatient',
    tag,
    summary: "Erase a patient's name from all bookings that have ended",
    description: `
In all stores, however the name was typed. What the books need stays: amounts, ids, dates and a card's last four digits. In
place of the name there is \`[erased]\`, and a retry under the client's key gets 410. It goes on until no store is left, across crashes.
Bookings that have not ended are left alone and counted as \`remaining\`: repeat it then.`,
    guard: operate,
    body: {
      schema: erasureBody,
      examples: {
        request: {
          summary: 'A patient who asked for it',
          value: { name: 'Ada Lovelace', reason: 'Asked for it by letter of the 3rd.' },
          status: 200,
        },
      },
    },
    replies: {
      200: { description: 'It is done.', schema: erasureReply, headers, example: ERASURE },
      202: {
        description: 'It goes on; `waitsFor` says for what, where something fails.',
        schema: erasureReply,
        headers,
        example: { ...ERASURE, status: 'running', endedAt: null, erased: null, remaining: null },
      },
    },
    async handler({ body: { name, reason } }, ctx) {
      const erasure = await start(name, { by: knownCaller(ctx).id, reason });
      return jsonReply(erasure.status === 'done' ? 200 : 202, erasure, { location: path(erasure.id) });
    },
  });

const getErasure = ({ find }: Erasures, { operate }: Guards) =>
  defineRoute({
    method: 'get',
    path: '/erasures/:id',
    operationId: 'getErasure',
    tag,
    summary: 'One erasure: who asked for it, when and why, and how much was erased',
    guard: operate,
    params: z.object({ id: z.string().meta({ description: "The erasure's id, as in `Location`." }) }),
    examples: { id: ERASURE.id },
    replies: { 200: { description: 'The erasure as it stands.', schema: erasureReply, example: ERASURE } },
    problems: [erasureNotFound],
    handler: async ({ params: { id } }) => jsonReply(200, await find(id)),
  });

const listErasures = ({ list }: Erasures, { operate }: Guards) =>
  defineRoute({
    method: 'get',
    path: '/erasures',
    operationId: 'listErasures',
    tag,
    summary: 'All erasures page by page, the newest first',
    guard: operate,
    query: erasuresQuery,
    examples: { limit: 50, cursor: ERASURE.id },
    replies: {
      200: {
        description: 'One page; `nextCursor` is null on the last.',
        schema: erasuresReply,
        example: { items: [ERASURE], nextCursor: null },
      },
    },
    handler: async ({ query }) => jsonReply(200, await list(query)),
  });

/** The routes that erase patients. */
export function erasuresRoutes(erasures: Erasures, guards: Guards): Route[] {
  return [erasePatient(erasures, guards), listErasures(erasures, guards), getErasure(erasures, guards)];
}
