"""The diary's people and schools, and their ways in.

Owns people, schools, memberships, parents and children, how their personal data is sealed at rest; diary logins and passwords,
invitations, contacts, and the codes by which somebody gets back in.
Refuses to know what a right password is good for today: no session, no upstream, no policy.
Called by linking, login, provider, tokens, account, provisioning and the console."""
