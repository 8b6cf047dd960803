import { useId, useState } from 'react';
import type { InputHTMLAttributes, ReactElement } from 'react';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly name: string;
  readonly hint?: string;
  /** What is wrong: takes the place of the hint, so there must be one. */
  readonly problem?: string | undefined;
}

/** A labelled input, with a line below it for a hint or for what is wrong. */
export function Field({ label, hint, problem, type, ...input }: FieldProps): ReactElement {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="input">
        <input
          {...input}
          id={id}
          type={shown ? 'text' : type}
          aria-describedby={hint && `${id}-line`}
          aria-invalid={problem !== undefined}
        />
        {type === 'password' && (
          <button type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'}
            <span className="visually-hidden"> password</span>
          </button>
        )}
      </div>
      {hint && (
        <p id={`${id}-line`} className={problem ? 'line problem' : 'line'} aria-live="polite">
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}
