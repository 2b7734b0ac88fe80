interface Bucket {
  failures: number;
  at: number;
}

interface Allowance {
  /** Failures in a row that are let pass. */
  burst: number;
  /** How long it takes until one more is forgiven. */
  forgivenMs: number;
}

// No token is guessed at this pace, and an operator who mistypes hardly meets it.
const PER_ADDRESS: Allowance = { burst: 5, forgivenMs: 30_000 };
// Against many addresses at once. It can keep operators from signing in, never those who are: their sessions go on.
const OVERALL: Allowance = { burst: 50, forgivenMs: 3_000 };
const MAX_ADDRESSES = 5_000;

export type SignInAttempts = ReturnType<typeof createSignInAttempts>;

/** Counts failed sign-ins, by address and overall, in bounded memory. */
export function createSignInAttempts(now: () => number) {
  const byAddress = new Map<string, Bucket>();
  const overall: Bucket = { failures: 0, at: 0 };

  const failuresIn = (bucket: Bucket, { forgivenMs }: Allowance) =>
    Math.max(0, bucket.failures - (now() - bucket.at) / forgivenMs);

  function waitFor(bucket: Bucket, allowance: Allowance): number {
    return Math.max(0, (failuresIn(bucket, allowance) - allowance.burst + 1) * allowance.forgivenMs);
  }

  function note(bucket: Bucket, allowance: Allowance): void {
    bucket.failures = failuresIn(bucket, allowance) + 1;
    bucket.at = now();
  }

  return {
    /** @returns how many milliseconds this address has to wait; 0 where it may try */
    waitMs(address: string): number {
      const own = byAddress.get(address);
      return Math.max(waitFor(overall, OVERALL), own ? waitFor(own, PER_ADDRESS) : 0);
    },
    noteFailure(address: string): void {
      const own = byAddress.get(address) ?? { failures: 0, at: 0 };
      note(own, PER_ADDRESS);
      note(overall, OVERALL);
      // The one that failed last comes last, so that the first one is the one to forget.
      byAddress.delete(address);
      byAddress.set(address, own);
      const [oldest] = byAddress.keys();
      if (byAddress.size > MAX_ADDRESSES) byAddress.delete(oldest as string);
    },
  };
}
