import { readFileSync } from 'node:fs';
import { ConfigError } from '@appointments/chassis';
import type { z } from 'zod';

/**
 * Reads a list that a setting names from a JSON file.
 *
 * @throws ConfigError with a JSON pointer to every place in the file that does not fit, or that it cannot be read
 */
export function readListFile<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  const toPointer = (path: readonly PropertyKey[]) => path.map((part) => `/${String(part)}`).join('');
  throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${toPointer(path) || 'the list'} ${message}`));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError([(error as NodeJS.ErrnoException).code ?? 'the file is not JSON']);
  }
}
