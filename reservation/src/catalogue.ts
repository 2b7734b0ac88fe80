import { readFileSync } from 'node:fs';
import { ConfigError, formatAmount, formerNameKey, nameKey, parseAmount, textField } from '@appointments/chassis';
import { z } from 'zod';

/** A doctor who can be booked. */
export interface Doctor {
  name: string;
  speciality: string;
  /** Minor units. */
  fee: number;
  /** Times of the day such as `3.00pm`, the earliest first. */
  slots: readonly string[];
}

const SLOT = /^(1[0-2]|[1-9])\.([0-5]\d)(am|pm)$/;

function minutesIntoDay(slot: string): number {
  const [, hour, minute, half] = SLOT.exec(slot) ?? [];
  return ((Number(hour) % 12) + (half === 'pm' ? 12 : 0)) * 60 + Number(minute);
}

const doctorSchema = z.strictObject({
  name: textField(100),
  speciality: textField(100),
  fee: z.string().refine((text) => (parseAmount(text) ?? 0) > 0, 'must be a decimal string above 0, such as "1000.00"'),
  slots: z
    .array(z.string().regex(SLOT, 'must be a time such as 3.00pm'))
    .min(1)
    .refine((slots) => new Set(slots).size === slots.length, 'must not name a time twice'),
});

const catalogueSchema = z
  .array(doctorSchema)
  .min(1)
  .refine(
    (doctors) => new Set(doctors.map(({ name }) => formerNameKey(name))).size === doctors.length,
    'names a doctor twice',
  );

export type Catalogue = ReturnType<typeof createCatalogue>;

/** The doctors, found by name however it is typed. A catalogue may have a Strauss beside a Strauß: each is found as spelled. */
export function createCatalogue(doctors: readonly Doctor[]) {
  const bySpelling = new Map(doctors.map((doctor) => [formerNameKey(doctor.name), doctor]));
  const byName = new Map(doctors.map((doctor) => [nameKey(doctor.name), doctor]));
  const find = (name: string): Doctor | undefined => bySpelling.get(formerNameKey(name)) ?? byName.get(nameKey(name));
  return { doctors, find };
}

/**
 * Reads the catalogue from a JSON file: a list of `{name, speciality, fee: "1000.00", slots: ["3.00pm", …]}`.
 *
 * @throws ConfigError listing every place in the file that does not fit, or that it cannot be read
 */
export function readCatalogue(file: string): Catalogue {
  const parsed = catalogueSchema.safeParse(readJson(file));
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(({ path, message }) => `[${path.join('.')}] ${message}`));
  }
  return createCatalogue(
    parsed.data.map((doctor) => ({
      ...doctor,
      fee: parseAmount(doctor.fee) as number,
      slots: doctor.slots.toSorted((a, b) => minutesIntoDay(a) - minutesIntoDay(b)),
    })),
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError([(error as NodeJS.ErrnoException).code ?? 'the file is not JSON']);
  }
}

/** A doctor as the API shows one. */
export function presentDoctor({ name, speciality, fee, slots }: Doctor) {
  return { name, speciality, fee: formatAmount(fee), slots };
}
