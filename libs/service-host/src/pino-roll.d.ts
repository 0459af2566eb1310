/** pino-roll ships no types; these are the options we use. */
declare module 'pino-roll' {
  interface RollOptions {
    readonly file: string;
    readonly extension: string;
    readonly frequency: 'daily' | 'hourly';
    readonly size: string;
    readonly limit: { readonly count: number; readonly removeOtherLogFiles: boolean };
    readonly mkdir: boolean;
    readonly sync: boolean;
  }
  interface RollingFile {
    write(text: string): boolean;
    end(): void;
    on(event: 'error', listener: (error: Error) => void): void;
    once(event: 'close', listener: () => void): void;
  }
  const openRollingFile: (options: RollOptions) => Promise<RollingFile>;
  export = openRollingFile;
}
