// In the place of `uc.micro`: the browser knows what punctuation and what a symbol is.

export const P = /\p{P}/u;
export const S = /\p{S}/u;
