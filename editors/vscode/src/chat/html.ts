// The page that the chat view is: nothing but its own script and style, by a nonce. Imports nothing of VS Code.

export interface Page {
  /** Where VS Code lets resources of the extension come from. */
  source: string;
  nonce: string;
  script: string;
  style: string;
  /** The style of code, where the view has one. */
  language: string;
}

export function page({ source, nonce, script, style, language }: Page): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    // Widths and such are set by the view's own script; there is no other style but the sheet.
    `style-src ${source} 'nonce-${nonce}'`,
    `font-src ${source}`,
    // Pictures that a person pasted.
    `img-src ${source} data:`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escaped(style)}">
<title>Tiro</title>
</head>
<body>
<main id="root"></main>
<script nonce="${escaped(nonce)}" src="${escaped(script)}"></script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
