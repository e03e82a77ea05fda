/// What a pipeline has to do, for the help text.
pub const PIPELINE: &str = "\
In a pipeline the exit code decides; junit.xml is for the CI server, report.md for people. GitHub
Actions gets annotations and a summary by itself:
    - run: ciba-bench gate gates/release.toml --target targets/staging.toml --out gate
      env: { CIBA_POLL_CLIENT_SECRET: \"${{ secrets.CIBA_POLL_CLIENT_SECRET }}\" }
    - uses: actions/upload-artifact@v4
      if: always()
      with: { name: gate, path: gate }
GitLab CI:
    script: ciba-bench gate gates/release.toml --target targets/staging.toml --out gate
    artifacts: { when: always, paths: [gate], reports: { junit: gate/junit.xml } }
";
