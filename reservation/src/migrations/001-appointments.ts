import { growingKey, type Migration, startKeysAt } from 'durable-store';
import { type Kysely, sql } from 'kysely';

// The guide's first appointment is 1001.
const FIRST_ID = 1001;

/** Appointments, and the references that were cancelled, those without an appointment (tombstones) included. */
export const appointmentsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const id = growingKey(db);
    await db.schema
      .createTable('appointments')
      .addColumn('id', id.type, id.column)
      .addColumn('reference', 'text', (column) => column.notNull().unique())
      .addColumn('patient_name', 'text', (column) => column.notNull())
      .addColumn('doctor_name', 'text', (column) => column.notNull())
      .addColumn('date', 'text', (column) => column.notNull())
      .addColumn('time', 'text', (column) => column.notNull())
      .addColumn('fee', 'bigint', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
    await startKeysAt(db, 'appointments', 'id', FIRST_ID);
    // The guard against double booking: whatever the service read before, a slot has one live appointment.
    await db.schema
      .createIndex('one_live_appointment_per_slot')
      .on('appointments')
      .columns(['doctor_name', 'date', 'time'])
      .unique()
      .where(sql.ref('status'), '=', sql.lit('booked'))
      .execute();
    await db.schema
      .createTable('cancellations')
      .addColumn('reference', 'text', (column) => column.primaryKey())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
