import type { Migration } from 'durable-store';

/** For removing what belongs to a payment. */
export const gatewayEventsByReferenceMigration: Migration = {
  async up() {},
  indexes: (schema) => [schema.createIndex('gateway_events_by_reference').on('gateway_events').column('reference')],
};
