/** The forms in which a secret would count as told: as it is, and encoded as a credential or a path may be. */
function tracesOf(secret: string): Array<[form: string, bytes: Buffer]> {
  const bytes = Buffer.from(secret);
  return [
    ['plain', bytes],
    ['in UTF-16', Buffer.from(secret, 'utf16le')],
    ['in base64', Buffer.from(bytes.toString('base64').replace(/=+$/, ''))],
    ['in hex', Buffer.from(bytes.toString('hex'))],
    ['as a part of a URL', Buffer.from(encodeURIComponent(secret))],
  ];
}

/** Where in `bytes` there is one of the secrets, by their names and in words that show nothing of them. */
export function findSecrets(bytes: Buffer, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    tracesOf(secret)
      .filter(([, trace]) => bytes.includes(trace))
      .map(([form]) => `${name} ${form}`),
  );
}
