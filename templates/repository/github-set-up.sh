# What GitHub must be told for {{repository}}, once, by somebody who administers it. Read it, then run it step by step
# with GitHub's own command line (https://cli.github.com). Afterwards `tidemark doctor --github` checks all of it.
{{host}}export GH_REPO={{repository}}

# 1. A key for GitHub Actions. `age-keygen` belongs to age (https://age-encryption.org). Put its public key into keys/ of each site:
#      - name: GitHub Actions
#        kind: ci
#        age: age1…
#    Then commit what `tidemark init` wrote, push main, and back up once from here, so that the new key can read:
age-keygen -o ../tidemark-actions-key.txt
git add --all && git commit -m "Tidemark on GitHub" && git push "https://{{web}}/$GH_REPO.git" main
{{#sites}}
tidemark backup --site {{site}}
{{/sites}}

# 2. An App of your own. It alone pushes snapshots, and it speaks on pull requests. Make it at
#      https://{{web}}/organizations/{{owner}}/settings/apps/new   (where {{owner}} is a person: https://{{web}}/settings/apps/new)
#    Webhook: not active. Permissions of the repository: Contents, Pull requests, Issues, Checks: read and write; Actions: read.
#    Make a private key on its page, install it on this repository only, and note its number (App ID).
APP_ID=
APP_KEY=../tidemark-app.private-key.pem

# 3. Two environments. Their secrets go to jobs that run from main, and to no other: who can push a branch cannot read them.
#    Repository secrets would go to every branch. Set no required reviewers here: jobs of the night and of every hour would wait for them.
for environment in tidemark-plan tidemark-apply; do
  gh api --method PUT "repos/$GH_REPO/environments/$environment" --input - <<JSON
{"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}}
JSON
  gh api --method POST "repos/$GH_REPO/environments/$environment/deployment-branch-policies" -f name=main -f type=branch
done

# 4. Their secrets; `gh` asks for those that stand in no file. An account of its own for each environment is best.
for environment in tidemark-plan tidemark-apply; do
  gh variable set TIDEMARK_APP_ID --env "$environment" --body "$APP_ID"
  gh variable set TIDEMARK_TRUSTED_SIGNERS --env "$environment" --body "$(grep -o 'ssh-ed25519 [A-Za-z0-9+/=]*' allowed_signers)"
  gh secret set TIDEMARK_APP_PRIVATE_KEY --env "$environment" < "$APP_KEY"
  grep '^AGE-SECRET-KEY-' ../tidemark-actions-key.txt | gh secret set SOPS_AGE_KEY --env "$environment"
  gh secret set TIDEMARK_SIGNING_KEY --env "$environment" < "${TIDEMARK_SIGNING_KEY_FILE:-${XDG_CONFIG_HOME:-$HOME/.config}/tidemark/signing-key.pem}"
{{#sites}}
  gh secret set {{emailVariable}} --env "$environment"
  gh secret set {{tokenVariable}} --env "$environment"
{{/sites}}
done

# 5. main: changed by pull requests only, read by people who may approve.
gh api --method POST "repos/$GH_REPO/rulesets" --input - <<JSON
{
  "name": "Tidemark: main", "target": "branch", "enforcement": "active",
  "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
  "rules": [
    {"type": "deletion"},
    {"type": "non_fast_forward"},
    {"type": "pull_request", "parameters": {
      "required_approving_review_count": {{approvals}}, "require_code_owner_review": {{reviewed}}, "dismiss_stale_reviews_on_push": {{reviewed}},
      "require_last_push_approval": {{reviewed}}, "required_review_thread_resolution": false}},
    {"type": "required_status_checks", "parameters": {
      "strict_required_status_checks_policy": false, "required_status_checks": [{"context": "Tidemark check"}]}}
  ]
}
JSON

# 6. Snapshots and records: pushed by the App alone. It may also begin a branch anew and remove one, which retention needs; nobody else may.
#    Where backups run on a machine of yours with a deploy key, add {"actor_id": null, "actor_type": "DeployKey", "bypass_mode": "always"} to the list of actors.
#    A further site needs one push from `tidemark init`: switch this ruleset off for that minute.
gh api --method POST "repos/$GH_REPO/rulesets" --input - <<JSON
{
  "name": "Tidemark: snapshots", "target": "branch", "enforcement": "active",
  "bypass_actors": [{"actor_id": $APP_ID, "actor_type": "Integration", "bypass_mode": "always"}],
  "conditions": {"ref_name": {"include": ["refs/heads/sites/**/*", "refs/heads/tidemark/**/*"], "exclude": []}},
  "rules": [{"type": "creation"}, {"type": "update"}, {"type": "deletion"}, {"type": "non_fast_forward"}]
}
JSON

# 7. Actions: no right by default, and nothing that is not pinned to a commit.
gh api --method PUT "repos/$GH_REPO/actions/permissions/workflow" -f default_workflow_permissions=read -F can_approve_pull_request_reviews=false
gh api --method PUT "repos/$GH_REPO/actions/permissions" -F enabled=true -f allowed_actions=all -F sha_pinning_required=true

# 8. Look whether all of it holds, run the first backup, and take the keys off this machine.
TIDEMARK_GITHUB_TOKEN=$(gh auth token) tidemark doctor --github
gh workflow run tidemark-backup.yml
rm ../tidemark-actions-key.txt "$APP_KEY"
