// In the place of libraries that markdown-it has for what is not used here: finding links in
// plain words, and writing addresses anew, which markdown.tsx leaves as they are.

export class LinkifyIt {
  readonly isThere = false;
}

export default {};
