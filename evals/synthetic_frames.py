"""The sentences that `synthetic_names` fills: letters, e-mails, hearings, minutes, tables, acts, decisions.

A slot in braces stands for an invented person {P}, surname {S}, first name {G}, company {C}, town {T}, street word {R},
honorific {H}, form of company {F}, trade {K}, foreign institution {X}, letters of an institution {U}, heading {W},
number {N}, postcode {Z}, date {D}. Everything here is written for Greffe; nobody in it exists.
"""

# ruff: noqa: SIM905  (a word list is read as text)

# Persons without a title, in the turns in which French legal life names them; and capitals that are nobody.
FRAMES = (
    # hearings and statements
    "Sur les faits : « J'étais chez moi quand {S} est arrivé avec {G}. {G} criait. {S} m'a poussé. »",
    "QUESTION : {P} vous a-t-il menacée ?\nRÉPONSE : Non. C'est {S} qui a parlé le premier.",
    "QUESTION : Connaissez-vous {S} ?\nRÉPONSE : Oui, {S} travaille avec mon frère {G} à {T}.",
    "NOM : {S}\nPRÉNOM : {G}\nNÉ LE : {D} à {T}\nNATIONALITÉ : française\nPROFESSION : maçon",
    "NOM DE NAISSANCE : {S}\nPRÉNOMS : {G}\nNÉE LE : {D}\nDOMICILE : {T}",
    "PV n° {N}/2024\nPROCÈS-VERBAL D'AUDITION\nNous, {P}, officier de police judiciaire à {T}, entendons {P}.",
    "Le mis en cause {S} reconnaît les faits ; {S} conteste seulement la date.",
    "Il l'a dit à {S}, à {G} et à leur voisin {S}, en présence de {S}.",
    "Elle écrit : « {S}, je suis déçue de votre attitude », puis : « {G}, tu exagères ».",
    "Il ajoutait que « sur la situation de {S}, rien ne sera fait » et que « {S} doit partir ».",
    "Son supérieur notait : « {S} : très bon élément », « {S}, à surveiller ».",
    "Mme {S} a déclaré que {S} lui avait demandé d'attester contre {S}.",
    "Le témoin {S} confirme. Le témoin {P} se rétracte. La partie civile {S} maintient.",
    "{S} est arrivé juste après. {S} n'a rien vu. Seul {S} était présent.",
    "L'altercation a opposé {S} à {S}, devant {G} et {P}.",
    "Je connais bien les {S} : la mère, {G}, et le fils, {G}.",
    "{S} reconnaît avoir adressé des messages à {S}. {S} soutient l'inverse.",
    "Procédure contre {S}. Plainte de {S}. Requête {S}.",
    "Confrontation {S} / {S} du {D}",
    "Le brigadier {S} et le gardien {P} procèdent à l'interpellation de {P}.",
    # letters and e-mails
    "Bonjour {G},\n\nJ'ai eu {S} au téléphone. {S} m'a dit que {G} serait là.\n\nBien à toi,\n{G}",
    "Cher {G},\n{S} n'a pas répondu. Pouvez-vous demander à {G} s'il vient ?\nCordialement,\n{P}",
    "De : {P}\nÀ : {P}\nCc : {P} ; {P}\nObjet : {S} c/ {C}\nDate : {D}",
    "De : {G} {S}\nEnvoyé : lundi\nÀ : {G}\nCc : Service juridique\nObjet : RE: dossier {S}",
    "Merci de transmettre à {G} le tableau Excel et le fichier Word joints au courriel de {S}.",
    "Comme convenu avec {G}, je vous adresse le devis de {C}. {S} viendra jeudi.",
    "N/Réf. : {S} / {S} - 2024/{N}\nV/Réf. : {C}",
    "Affaire suivie par : {P}\nDossier : {S}\nNos réf. : {U}/{N}",
    "Votre voisin {S} refuse. En présence de {S} et de la veuve {S}, il l'a redit.",
    "Mon assistante, {G}, vous appellera. Mon associé, {P}, sera à {T}.",
    "Merci {G} ! On voit cela avec {S} demain. Bises, {G}",
    "Je vous prie de croire, Chère Madame, à mes sentiments dévoués.\n\n{P}",
    "Pour ordre, {P}\nDirectrice des ressources humaines\n{C}",
    "Monsieur {P}\n{N} {R} {s}\n{Z} {T}",
    "Madame, Monsieur,\nJe soussigné {P}, locataire à {T}, vous informe de mon départ.",
    # minutes, tables and lists
    "Lot | Copropriétaire | Tantièmes\n{N} | {V} | 120\n{N} | {V} | 85\n{N} | SCI {C} | 200",
    "Nom | Fonction | Service\n{P} | Comptable | Paie\n{V} | Chauffeur | Transport",
    "Rang | Créancier | Montant\n1 | {U} {T} | 12 000\n2 | {V} | 3 400\n3 | {C} {K} | 900",
    "Présents : {P}, {P}, {S} et {S}. Absents : {V}. Secrétaire : {S}.",
    "Ont voté contre : {S} ({N}), {S} ({N}). Se sont abstenus : {V}, {S}.",
    "Scrutateurs : {P} et {V}. Bureau : {S}, présidente.",
    "Liste des salariés : {V} ; {V} ; {V} ; {P}.",
    "Bénéficiaires : {P} (1/2), {P} (1/4), {G} (1/4).",
    "Signatures\n{P}                {P}",
    "Le Bailleur                 Le Preneur\n{P}                 {P}",
    "Équipe : {G} (accueil), {G} (caisse), {S} (réserve).",
    "- {G}, née le {D} à {T},\n- {G}, né le {D} à {T}.",
    # acts
    "{P}, née le {D} à {T}, demeurant à {T}, célibataire, et {P}, son conjoint.",
    "La société {C}, représentée par {P}, et {P}, caution solidaire.",
    "Est nommée gérante : {P}. Est nommé directeur général : {P}, lequel accepte.",
    "{P} apporte 4 000 euros ; {P} apporte 3 000 euros ; {C} apporte 1 000 euros.",
    "Je lègue à ma nièce {G} ma maison de {T}, à mon ami {P} ma bibliothèque, et rien à {G}.",
    "J'institue {P} exécuteur testamentaire ; à défaut {G}, sa sœur.",
    "La caution, {P}, déclare connaître {C}. {S} et {S} signent.",
    "Les époux {S} - {S}, mariés à {T} le {D}.",
    "L'indivision {S} et l'hoirie {S} détiennent la parcelle.",
    "DONATION {S} / {S}\nVENTE {S}\nPARTAGE {S} - {S}",
    "ÉTUDE DE MAÎTRE {S}\nNOTAIRE À {T}\nATTESTATION DE PROPRIÉTÉ",
    "Et Monsieur {P}, ci-après « le Salarié ». Le Salarié est placé sous l'autorité de {S}.",
    "Le tuteur, {P}, rendra compte à {S}. {S} visera les relevés de {G}.",
    # decisions and pleadings
    "{S} a été embauché le {D} par {C}. {S} a été licencié. {S} demande la réintégration de {S}.",
    "L'attestation {S} (pièce n° {N}) est de complaisance : {P} est le cousin de {S}.",
    "Les attestations {S}, {S} et {S} sont concordantes. Celle de {S} ne l'est pas.",
    "Pièce n° {N} : attestation {S}. Pièce n° {N} : courriel {S} / {S}. Pièce n° {N} : facture {C}.",
    "Le père soutient que {G} refuse de venir ; {G} et {G} vivent avec {P} à {T}.",
    "De cette union sont issus {G}, {G} et {G}.",
    "L'enquêtrice relève que {G} est proche de sa grand-mère, {G}. {S} s'y oppose.",
    "POUR : {P}\nINTIMÉ\nCONTRE : {C}\nAPPELANTE\nAyant pour avocat {H} {P}",
    "La cour condamnera {C} à verser à {S} la somme de 12 000 euros.",
    "Selon {S}, {C} savait ; {C} le nie et {S} n'en rapporte pas la preuve.",
    "Le rapport {S} est critiqué par {S}. L'expertise {S} sera écartée.",
    "Les consorts {S}, ayants droit de {P}, appellent {C} et {S} en garantie.",
    "Le docteur {S} a examiné {S} ; le certificat du professeur {S} le confirme. {S} a cessé de travailler.",
    "Le compte de {S} a été débité au profit de {C} ; {G} en avait la carte.",
    "Dame {S}, épouse {S}, et sieur {S} sont convoqués.",
    # capitals that are nobody
    "{W}\n{W}\n\nArticle {N} - {w}\nLe Président convoque les Associés.",
    "{W}\nN° RG {N}/0{N} - N° Portalis {U}-W-B7G-{U}\n{W}",
    "I. {W}\nA. {W}\n1. {w}\nLa Chambre sociale l'a jugé (Cass. soc., {D}, n° 07-44.092).",
    "Le CSE, le CHSCT et le syndicat {U} ont été consultés ; la {U}-{U} et l'{U} non.",
    "Les titulaires du {U}/{U} désignent le Président du Comité Social et Économique.",
    "Le Projet de Cession est notifié à chaque Associé Cédant et au Conseil de Surveillance.",
    "Convention Collective Nationale {w}, Avenant n° {N}, Accord de Branche, Annexe {N}.",
    "Word, Excel, Outlook et Lexis sont installés ; Doctrine et Dalloz sont accessibles.",
    "La société d'économie mixte {C} {K}, la société {C} Atlantique et {C} concluent. {C} {K} réplique.",
    "Le service de l'eau potable {C} {K}, devenu {C}, a facturé {C}.",
    "CHU de {T}, Service de Cardiologie, Médecine générale, Unité de Soins Palliatifs.",
    "Gendarmerie Nationale, Brigade de {T}, Compagnie de {T}, Police Judiciaire.",
    "BRIGADE DE {t}\nCOB DE {t}\nDÉPARTEMENT DE {t}\nMAIRIE DE {t}",
    "Fait à {T}, le {D}\nLe Maire de {T}\nPréfecture de {T}\nDirection Départementale des Territoires",
    "La Commune de {T}, le Département et la Région {T} interviennent. {T} est le chef-lieu.",
    "Le Tribunal de {T}, la Cour d'appel de {T} et le Conseil de prud'hommes de {T} ont été saisis.",
    "Renault Clio, Peugeot Partner, Volkswagen Golf et {C} {N} immatriculés à {T}.",
    "Loi {s}, loi {s}-{s}, arrêt {s}, amendement {s}, décret {s}, rapport parlementaire.",
    "Dans le quartier {s}, place {g} {s}, école {s}, CHU {g}-{s}, stade {s}, résidence {s}.",
    "Banque {C}, Crédit {C}, Assurances {C}, Mutuelle {C}, Fonds {C} {K}, groupe {C}.",
    "Le logiciel {C}, le brevet {C}, la marque {C}, le site {C}.fr et l'application {C} appartiennent à {C}.",
    "Vu la Constitution, vu le Code du travail, vu la Convention de {T}, vu le Règlement.",
    "{U} - Service Contentieux\nTSA {N}\n{Z} {T} CEDEX\nObjet : {w}\nRéf. : {U} {N}",
    "Pension Alimentaire, Prestation Compensatoire, Droit de Visite, Résidence Alternée.",
    "Allocation de Retour à l'Emploi, Prime d'Activité, Aide Juridictionnelle, Carte Vitale.",
    "Chambre {N}\nSection {U}\nMinute n° {N}\nCopie exécutoire délivrée le : {D}\n{W}",
    "Objet : {w}\nPJ : {N}\nCc : Comptabilité\nLettre recommandée avec AR",
    "À {T}, {T} et {T}, la Société {C} exploite trois magasins sous l'enseigne {C}.",
    "L'Agence {C} de {T} et l'Institut {C} ont répondu à la Direction Générale.",
    "Durant le mois de Janvier, la Direction, le Service Paie et la Comptabilité de {C} ont validé.",
)

HEADINGS = (
    "RAPPEL DES FAITS", "PROCÉDURE ANTÉRIEURE", "EXPOSÉ DU LITIGE", "MOTIFS DE LA DÉCISION", "PAR CES MOTIFS",
    "SUR LA NULLITÉ DU LICENCIEMENT", "SUR LES DÉPENS", "PROCÈS-VERBAL DE CONSTAT", "ÉTAT DES CRÉANCES",
    "BAIL COMMERCIAL", "CONTRAT DE TRAVAIL", "STATUTS", "CONCLUSIONS D'INTIMÉ", "ASSIGNATION EN RÉFÉRÉ",
    "ORDONNANCE DE NON-CONCILIATION", "JUGEMENT CONTRADICTOIRE", "RÉPUBLIQUE FRANÇAISE", "AU NOM DU PEUPLE FRANÇAIS",
    "TRIBUNAL JUDICIAIRE", "COUR D'APPEL", "CHAMBRE DE LA FAMILLE", "FEUILLE DE PRÉSENCE", "CERTIFICAT MÉDICAL",
    "LETTRE DE MISSION", "RÉSUMÉ NON TECHNIQUE", "CONDITIONS PARTICULIÈRES", "CLAUSE RÉSOLUTOIRE", "DÉPÔT DE GARANTIE",
    "EXPÉRIENCE PROFESSIONNELLE", "FORMATION", "LANGUES", "CURRICULUM VITAE", "AUDITION DE TÉMOIN", "PIÈCES JOINTES",
    "BORDEREAU DE PIÈCES", "SOUS TOUTES RÉSERVES", "DÉSIGNATION DES LIEUX", "ORIGINE DE PROPRIÉTÉ", "EFFET RELATIF",
    "DONT ACTE", "PLAISE AU TRIBUNAL", "NÉ LE", "NÉE LE", "PRÉNOMS", "DEMEURANT", "DÉFENDEUR", "DEMANDERESSE",
    "PARTIE CIVILE", "COMPOSITION DE LA COUR", "DÉBATS", "ARRÊT", "LE GREFFIER", "LE PRÉSIDENT", "FORMULE EXÉCUTOIRE",
)  # fmt: skip

# Surnames as France has them, common and from elsewhere; some of them are ordinary words, first names or places.
SURNAMES = tuple(
    """Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David
    Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefevre Faure Andre
    Mercier Blanc Guerin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clement Morin Nicolas
    Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun
    Blanchard Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy
    Leroux Colin Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois
    Pierre Benoît Rey Leclerc Payet Rolland Leclercq Guillaume Lecomte Lopez Jean Dupuy Guillot Hubert Berger
    Carpentier Sanchez Dupuis Moulin Louis Deschamps Huet Vasseur Perez Boucher Fleury Royer Klein Jacquet Adam
    Paris Poirier Marty Aubry Guyot Carré Charles Renault Charpentier Ménard Maillard Baron Bertin Bailly Hervé
    Schneider Fernandez Le-Gall Collet Léger Bouvier Julien Prévost Millet Perrot Daniel Le-Roux Cousin Germain
    Breton Besson Langlois Rémy Le-Goff Pelletier Lévêque Perrier Leblanc Barré Lebrun Marchal Weber Mallet Hamon
    Boulanger Jacob Monnier Michaud Rodriguez Guichard Gillet Étienne Grondin Poulain Tessier Chevallier Collin
    Chauvin Da-Silva Bouchet Gay Lemaître Benard Maréchal Humbert Reynaud Antoine Hoarau Perret Barthélemy Cordier
    Pichon Lejeune Gilbert Lamy Delaunay Pasquier Carlier Laporte Buisson Tanguy Ferrand Chartier Marin Brunel Bigot
    Lopes Pons Verdier Traoré Diallo Coulibaly Diarra Keita Sow Ndiaye Diop Fall Ba Sy Camara Cissé Touré Konaté
    Sissoko Kone Ouattara Kouassi Mbaye Nguyen Tran Le Pham Hoang Huynh Phan Vu Dang Bui Chen Wang Zhang Li Yang
    Singh Kaur Patel Khan Ahmed Ali Benali Benamar Belkacem Bouaziz Bensaid Hamidi Haddad Saidi Mansouri Cherif
    Amrani Alaoui Bennani El-Idrissi Zerrouki Kaddouri Boukhalfa Mokrani Ferreira Pereira Gonçalves Rodrigues Santos
    Alves Gomes Marques Ribeiro Carvalho Costa Rossi Russo Ferrari Esposito Romano Ricci Marino Greco Colombo
    Kowalski Nowak Wojcik Lewandowski Kaminski Popescu Ionescu Popa Dumitru Ivanov Petrov Kuznetsov Yilmaz Kaya
    Demir Celik Ozturk Aydin Arslan Kurt Cohen Levy Attal Benayoun Uzan Azoulay Dahan Bitton Sarkissian Hakobyan
    Petrossian Van-Damme Vandenberghe De-Smet Peeters Janssens Le-Bihan Kerbrat Quéméner Le-Guen Le-Floch Guivarch
    Etcheverry Etchegaray Haristoy Casanova Santoni Mattei Paoli Colonna Casabianca Schaeffer Zimmermann Hoffmann
    Wagner Keller Fischer Becker Wolff Ritter""".split()
)
