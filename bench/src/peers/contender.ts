import type { Child } from '../processes/child.ts';

/** What runs until it is stopped. */
export interface Running {
  /** All its processes; what these have started counts with them. */
  pids: number[];
  stop(): Promise<void>;
}

/** A contender under load. */
export interface RunningContender extends Running {
  /** Where bookings are sent. */
  url: string;
}

/** A contender whose program the bench talks to by messages. */
export interface RunningProgram extends Running {
  program: Child;
}

/** One way to run the guide's orchestration, or sequences of steps. */
export interface Contender<Started extends Running = RunningContender> {
  name: string;
  /** What it has on disk when a client gets its response. */
  keeps: string;
  /** Starts it anew, on what it kept the last time. */
  start(): Promise<Started>;
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
