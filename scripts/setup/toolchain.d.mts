export function isFitting(version: string): boolean;
export function findNpm(env?: NodeJS.ProcessEnv): string | undefined;
export function fetchToolchain(root: string, npm: string | undefined): string;
