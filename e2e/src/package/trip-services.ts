import { startStubServer } from '@appointments/chassis/testing';

export type TripServices = Awaited<ReturnType<typeof startTripServices>>;

/** The services that a trip needs, as one server: `PUT /flight/trip-1` books a flight under that key, `DELETE` cancels it. */
export async function startTripServices() {
  const booked = new Set<string>();
  const calls: string[] = [];
  /** By what is booked, or by the whole path: the code of the refusal. */
  const refusals = new Map<string, string>();
  /** What is down, and responds with 503. */
  const down = new Set<string>();

  const server = await startStubServer(({ method, path }, response) => {
    const booking = decodeURIComponent(path.slice(1));
    const [what = ''] = booking.split('/');
    const refusal = refusals.get(booking) ?? refusals.get(what);
    calls.push(`${method} ${booking}`);
    if (down.has(what)) return void response.writeHead(503).end();
    if (method === 'PUT' && refusal) return void response.writeHead(409).end(refusal);
    if (method === 'PUT') booked.add(booking);
    else booked.delete(booking);
    response.end(`a ${what}`);
  });

  return {
    ...server,
    booked,
    refusals,
    down,
    callsOf: (call: string) => calls.filter((one) => one === call).length,
    callsOfTrip: (id: string) => calls.filter((one) => one.includes(`/${id}`)),
  };
}
