import type { BuildOptions, Plugin } from "esbuild";

export const shared: BuildOptions;
export const extension: BuildOptions;
export const client: BuildOptions;
export const view: BuildOptions;
export function apart(path: string): Plugin;
