// Spring Boot 3: PKCE for a service that has a secret too. Put it beside your application class, with its package.
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.web.SecurityFilterChain;

@Configuration
class SpringSignIn {
    @Bean
    SecurityFilterChain signIn(HttpSecurity http, ClientRegistrationRepository services) throws Exception {
        var requests = new DefaultOAuth2AuthorizationRequestResolver(services, "/oauth2/authorization");
        requests.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
        return http
            .authorizeHttpRequests(every -> every.anyRequest().authenticated())
            .oauth2Login(login -> login.authorizationEndpoint(start -> start.authorizationRequestResolver(requests)))
            .build();
    }
}
