import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a certificate for one test alone, which signs itself.
 *
 * @param folder where its files go
 * @param host the name that it is for
 * @returns the PEM file with the certificate and its key, as HAProxy takes it
 */
export function makeCertificate(folder: string, host: string): string {
  const certificate = join(folder, `${host}.pem`);
  const key = join(folder, `${host}-key.pem`);
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', ['req', ...made, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  writeFileSync(certificate, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o644 });
  return certificate;
}
