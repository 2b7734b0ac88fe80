/** What stands where a patient's name was. Nobody is called that, and a search for it finds what was erased. */
export const ERASED_NAME = '[erased]';
