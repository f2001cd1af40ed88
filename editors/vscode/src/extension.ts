// Where VS Code enters.

export function activate(): void {}
