// What the bundler makes of a style sheet has no value in the program.

declare module "*.css";
