import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores([
    '**/dist',
    '**/dist.next',
    '**/dist.last',
    '.toolchain',
    '.cache',
    '.latchstring',
    '**/*.d.mts',
  ]),
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Statuses, ports and counts belong in sentences as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // noPropertyAccessFromIndexSignature asks for the brackets that this rule would take away.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Ports are asynchronous whether or not one implementation waits for something.
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
      'prefer-template': 'error',
      'no-duplicate-imports': 'off',
      complexity: ['error', 20],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      // Its code points are what is asked for.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
    },
  },
  {
    // A describe block is as long as what it describes.
    files: ['**/tests/**/*.{ts,tsx}'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The shape of an answer is the claim of the test that reads it.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    // These talk to a person on a terminal.
    files: [
      'scripts/**',
      'bench/**',
      'conformance/**',
      'examples/backends/*/start.ts',
      'packages/server/src/cli/**',
    ],
    rules: { 'no-console': 'off' },
  },
);
