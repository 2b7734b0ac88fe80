/** A contender under load. */
export interface RunningContender {
  /** Where bookings are sent. */
  url: string;
  /** All its processes; what these have started counts with them. */
  pids: number[];
  stop(): Promise<void>;
}

/** One way to run the guide's orchestration. */
export interface Contender {
  name: string;
  /** What it has on disk when a client gets its response. */
  keeps: string;
  /** Starts it anew, on what it kept the last time. */
  start(): Promise<RunningContender>;
}

/** What every contender is given. */
export interface Surroundings {
  /** A folder for its store and its logs. */
  folder: string;
  /** The address of reservation and payment. */
  backendsUrl: string;
}

/** The guide's route. */
export const BOOKING_PATH = '/doctorAppoinment/reservation';
