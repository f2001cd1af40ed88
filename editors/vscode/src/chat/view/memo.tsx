// A component that is drawn again only when one of its properties is another value.

import { Component, type ComponentChild, type FunctionComponent } from "preact";

export function memo<Props extends object>(Inner: FunctionComponent<Props>): new (props: Props) => Component<Props> {
  return class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const before: Readonly<Record<string, unknown>> = { ...this.props };
      const after: Readonly<Record<string, unknown>> = { ...next };
      return Object.keys({ ...before, ...after }).some((name) => name !== "children" && !Object.is(before[name], after[name]));
    }

    override render(props: Props): ComponentChild {
      return <Inner {...props} />;
    }
  };
}
