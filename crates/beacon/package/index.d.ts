/** What the beacon is started with. */
export interface Settings {
  /** Where reports go, with the public key: `https://console.example/api/ops/frontend-log?k=KEY`. */
  url: string;
  /** Where `core.wasm` of this package is served; without it the receiver scrubs what the page says. */
  wasm?: string | URL;
  /** Build of the page, at most 64 characters: groups say in which builds they happened. */
  build?: string;
}

/** A beacon that runs. */
export interface Beacon {
  /** The id of the command that was just sent: it goes with the events that follow, until another or none is set. */
  correlate(id: string | undefined): void;
  /** Sends what there is and puts back what was replaced. */
  stop(): void;
}

/** Starts the beacon; a second call returns the same one, also when it was stopped: it stays so until the next page. Nothing it does is thrown into the page. */
export declare function start(settings: Settings): Beacon;
